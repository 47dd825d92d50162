// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// A connection that ends may come back for the leases of its consumers (semantics 2).
extension Broker {
    /// Makes a connection known, which gets the session that it asks for if that is kept.
    func connect(_ connection: Connection, resuming: String?) throws(StoreError) {
        connections[connection.id] = connection
        connectionOrder.insert(connection, connection.id.value)
        counts.connections += 1
        guard let resuming else { return }
        // A session is its user's; to know its name is not enough.
        guard sessions[resuming].map({ $0.access.user == connection.access.user }) ?? true else {
            return push(.welcome(session: connection.session), to: connection)
        }
        if let earlier = sessions[resuming], !earlier.isGone {
            // Its client would not ask if it were still there; the broker has only not noticed yet.
            push(.replaced, to: earlier)
            try disconnect(earlier.id)
        }
        if let earlier = sessions[resuming] {
            connection.session = resuming
            connection.kept = earlier.kept
            connection.nextTags = earlier.nextTags
            earlier.kept = [:]
            // ORDER: each consumer is changed alone.
            for consumer in connection.kept.values { consumer.connection = connection }
            sessions[resuming] = connection
            push(.welcome(session: connection.session), to: connection)
            // ORDER: as they happened.
            for farewell in earlier.farewells { push(farewell, to: connection) }
            forgetFarewells(of: earlier)
        } else {
            push(.welcome(session: connection.session), to: connection)
        }
    }

    func disconnect(_ id: ConnectionID) throws(StoreError) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        connectionOrder.remove(id.value)
        connection.pending = nil
        connection.committed = nil
        connection.isGone = true
        deliveryBudget.giveBack(connection.untaken)
        if let left = connection.unfinished { applied += left.batches }
        connection.unfinished = nil
        if let transaction = takeTransaction(of: connection) { try abort(transaction) }
        for consumer in connection.consumers.values.sorted(by: { $0.number < $1.number }) {
            if consumer.grace > 0, keptConsumers < configuration.keptConsumers {
                keep(consumer)
            } else {
                try detach(consumer, outcome: .disconnected)
            }
        }
        forgetSessionIfEmpty(connection)
    }

    /// Keeps what a consumer holds, although its connection is gone.
    private func keep(_ consumer: Consumer) {
        let until = now.steady + UInt64(consumer.grace)
        keptConsumers += 1
        consumer.keptUntil = until
        consumer.isActive = false
        consumer.connection.consumers[consumer.number] = nil
        consumer.connection.kept[consumer.number] = consumer
        consumer.subscription.queue.update(consumer)
        armGrace(consumer, until)
    }

    /// Lets a consumer be looked at when its grace ends, be that earlier or later than before.
    private func armGrace(_ consumer: Consumer, _ until: UInt64) {
        timers.set(consumer.graceTimer, at: until, .grace(consumer))
    }

    func endGrace(of consumer: Consumer) throws(StoreError) {
        guard !consumer.isGone, let until = consumer.keptUntil else { return }
        guard until <= judged else { return armGrace(consumer, until) }
        try detach(consumer, outcome: .disconnected)
    }

    /// The consumer that a subscribe comes back for, which is attached to the connection from now on.
    func resume(_ request: Subscribe, for connection: Connection) throws -> Consumer? {
        guard let consumer = connection.kept[request.consumer] else { return nil }
        guard consumer.subscription.name == request.subscription, consumer.subscription.topic.name == request.topic
        else {
            try detach(consumer, outcome: .disconnected)
            return nil
        }
        try compare(request.options, with: consumer.subscription.row.settings)
        connection.kept[request.consumer] = nil
        connection.consumers[request.consumer] = consumer
        keptConsumers -= 1
        consumer.keptUntil = nil
        consumer.grace = request.grace
        consumer.window = request.window ?? configuration.window
        return consumer
    }

    /// Remembers for its client that a consumer ended while it was kept.
    func rememberEnd(of consumer: Consumer, until: UInt64, reason: String) {
        let connection = consumer.connection
        if consumer.leases.count > 0 {
            connection.farewells.append(.lost(consumer: consumer.number, tags: consumer.leases.tags, reason: reason))
        }
        connection.farewells.append(.gone(consumer: consumer.number, reason: reason))
        connection.farewellConsumers += 1
        keptConsumers += 1
        connection.farewellsEnd = max(connection.farewellsEnd, until)
        timers.set(connection.farewellTimer, at: connection.farewellsEnd, .farewells(connection))
    }

    func forgetFarewells(of connection: Connection) {
        keptConsumers -= connection.farewellConsumers
        connection.farewellConsumers = 0
        connection.farewells = []
        forgetSessionIfEmpty(connection)
    }

    /// Lets a connection be found by its session once one of its consumers wants that.
    func keepSession(of connection: Connection, for consumer: Consumer) {
        if consumer.grace > 0 { sessions[connection.session] = connection }
    }

    /// Forgets a session for which nothing is kept any more.
    func forgetSessionIfEmpty(_ connection: Connection) {
        guard connection.isGone, connection.kept.isEmpty, connection.farewells.isEmpty,
            sessions[connection.session] === connection
        else { return }
        sessions[connection.session] = nil
    }
}
