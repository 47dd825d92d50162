// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// What is said to connections: replies wait for what they confirm, pushes do not.
extension Broker {
    func reply(_ item: Outbox.Item, to connection: Connection) {
        pending(of: connection).add(item)
    }

    func reply(_ reply: Reply, to connection: Connection) {
        pending(of: connection).add(reply)
    }

    /// Says something that is no reply and waits for nothing.
    func push(_ push: Reply, to connection: Connection) {
        outbox(of: connection).add(push)
    }

    /// What waits for the commit of this step.
    func pending(of connection: Connection) -> Outbox {
        if let outbox = connection.pending { return outbox }
        let outbox = Outbox(connection.id)
        connection.pending = outbox
        replying.append(connection)
        return outbox
    }

    /// What goes out at the end of this step.
    func outbox(of connection: Connection) -> Outbox {
        if let outbox = connection.ready { return outbox }
        let outbox = Outbox(connection.id)
        connection.ready = outbox
        ready.append(connection)
        return outbox
    }

    /// A connection has taken all that was sent to it.
    func drained(_ id: ConnectionID) {
        guard let connection = connections[id] else { return }
        connection.drained()
        reconsider(connection)
    }

    /// Finds the places of a connection's consumers, whose free windows changed all at once.
    func reconsider(_ connection: Connection) {
        if connection.consumers.count == 1, let only = connection.consumers.first?.value {
            only.subscription.queue.update(only)
            return pumpLater(only.subscription)
        }
        var seen = Set<UInt64>()
        for consumer in connection.consumers.values.sorted(by: { $0.number < $1.number })
        where seen.insert(consumer.subscription.id).inserted {
            consumer.subscription.queue.rebuild()
            pumpLater(consumer.subscription)
        }
    }
}
