// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// What is said to connections: replies wait for what they confirm, pushes do not.
extension Broker {
    func reply(_ item: Outbox.Item, to connection: Connection) {
        pending(of: connection).add(item)
    }

    func reply(_ reply: Reply, to connection: Connection) {
        count(reply)
        pending(of: connection).add(reply)
    }

    /// Says something at once: a push, which confirms nothing and so waits for no commit.
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

    /// A connection has taken what it was asked about.
    func drained(_ id: ConnectionID) {
        guard let connection = connections[id] else { return }
        deliveryBudget.giveBack(connection.drained())
        connection.unblock(allowance: deliveryBudget.allowance)
        if connection.isBlocked || deliveryBudget.isScarce { ask(connection) }
        reconsider(connection)
    }

    /// Has a connection tell when it has taken what was delivered up to now.
    func ask(_ connection: Connection) {
        if connection.ask() { outbox(of: connection).wantsDrained = true }
    }

    /// Asks all connections, once there is little room and much has been delivered since the last time.
    func askAllIfScarce() {
        guard deliveryBudget.asksAll() else { return }
        for connection in connections.values.sorted(by: { $0.id.value < $1.id.value }) { ask(connection) }
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
