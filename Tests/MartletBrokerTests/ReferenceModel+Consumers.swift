// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Connections, sessions and consumers come, go and come back.
extension ReferenceModel {
    /// A connection is made; what it is told at once.
    mutating func connect(_ connection: UInt64, resuming session: String? = nil) -> [String] {
        untaken[connection] = 0
        names[connection] = "session-\(connection)"
        guard let session else { return [] }
        if let earlier = sessions[session], untaken[earlier] != nil { disconnect(earlier) }
        if let earlier = sessions[session] {
            names[connection] = session
            for place in consumers.indices where consumers[place].connection == earlier {
                consumers[place].connection = connection
            }
            sessions[session] = connection
            nextTags[connection] = nextTags[earlier]
            let told = farewells.removeValue(forKey: earlier)?.lines ?? []
            forgetSession(of: earlier)
            return ["WELCOME \(session)"] + told
        }
        return ["WELCOME \(names[connection] ?? "")"]
    }

    /// A connection is lost.
    mutating func disconnect(_ connection: UInt64) {
        untaken[connection] = nil
        for consumer in consumers(of: connection) where consumer.keptUntil == nil {
            if consumer.grace > 0, keptConsumers < configuration.keptConsumers,
                let place = consumers.firstIndex(where: { $0.id == consumer.id })
            {
                consumers[place].keptUntil = now + UInt64(consumer.grace)
            } else {
                detach(consumer, isLoss: true)
            }
        }
        forgetSession(of: connection)
    }

    /// `BYE`: nothing is kept, and nothing counts.
    mutating func leave(_ connection: UInt64) {
        for consumer in consumers(of: connection) { detach(consumer, isLoss: false) }
    }

    private func consumers(of connection: UInt64) -> [Consumer] {
        consumers.filter { $0.connection == connection }.sorted { $0.number < $1.number }
    }

    private var keptConsumers: Int {
        consumers.count { $0.keptUntil != nil } + farewells.values.reduce(0) { $0 + $1.consumers }
    }

    /// Whether the loss of a connection now would let a grace and a lease end in the same millisecond.
    func isAmbiguous(_ connection: UInt64) -> Bool {
        consumers(of: connection).contains { consumer in
            let end = now + UInt64(consumer.grace)
            return subscription(of: consumer)?.held.values
                .contains { $0.consumer == consumer.id && $0.deadline == end } ?? false
        }
    }

    mutating func forgetSession(of connection: UInt64) {
        guard untaken[connection] == nil, consumers(of: connection).isEmpty, farewells[connection] == nil,
            let name = names[connection],
            sessions[name] == connection
        else { return }
        sessions[name] = nil
    }

    // MARK: - Consumers

    /// `SUB`; what it has to be answered.
    mutating func subscribe(_ request: Subscribe, on connection: UInt64) -> String {
        if place(of: request.consumer, on: connection) != nil { return "ERR conflict" }
        if let kept = consumers.first(where: { $0.connection == connection && $0.number == request.consumer }) {
            if (kept.topic, kept.subscription) == (request.topic, request.subscription) {
                return resume(kept, request)
            }
            detach(kept, isLoss: true)
        }
        let isNew = topics[request.topic]?.subscriptions[request.subscription] == nil
        if isNew, let refusal = make(request.topic, request.subscription, request.from, request.options) {
            return refusal
        }
        let firstTag = nextTags[connection]?[request.consumer] ?? 1
        consumers.append(
            Consumer(
                id: nextConsumer, connection: connection, number: request.consumer, topic: request.topic,
                subscription: request.subscription, window: request.window ?? configuration.window,
                grace: request.grace, firstTag: firstTag, nextTag: firstTag))
        nextConsumer += 1
        topics[request.topic]?.subscriptions[request.subscription]?.endsAt = nil
        keepSession(of: connection, for: request)
        return isNew ? "OK created" : "OK"
    }

    private mutating func resume(_ consumer: Consumer, _ request: Subscribe) -> String {
        guard let place = consumers.firstIndex(where: { $0.id == consumer.id }) else { return "nothing" }
        consumers[place].keptUntil = nil
        consumers[place].grace = request.grace
        consumers[place].window = request.window ?? configuration.window
        keepSession(of: consumer.connection, for: request)
        return "OK resumed=\(tags(of: consumer).map(String.init).joined(separator: ","))"
    }

    private mutating func keepSession(of connection: UInt64, for request: Subscribe) {
        if request.grace > 0, let name = names[connection] { sessions[name] = connection }
    }

    /// `WINDOW`; what it has to be answered.
    mutating func setWindow(_ window: Int, of number: UInt64, on connection: UInt64) -> String {
        guard let place = place(of: number, on: connection) else { return "ERR unknown-consumer" }
        consumers[place].window = window
        return "OK"
    }

    /// `UNSUB`; what it has to be answered.
    mutating func unsubscribe(_ number: UInt64, on connection: UInt64) -> String {
        guard let place = place(of: number, on: connection) else { return "ERR unknown-consumer" }
        detach(consumers[place], isLoss: false)
        return "OK"
    }

    mutating func detach(_ consumer: Consumer, isLoss: Bool) {
        let dead = topics[consumer.topic]?.subscriptions[consumer.subscription]?.detach(
            consumer.id, isLoss: isLoss, isFull: isFull, at: now)
        bury(dead ?? [], consumer.topic, consumer.subscription)
        forget { $0.id == consumer.id }
        leaveAlone(consumer.topic, consumer.subscription)
    }

    mutating func forget(_ isMeant: (Consumer) -> Bool) {
        let gone = consumers.filter(isMeant)
        consumers.removeAll(where: isMeant)
        for consumer in gone {
            nextTags[consumer.connection, default: [:]][consumer.number] = consumer.nextTag
        }
        for consumer in gone { forgetSession(of: consumer.connection) }
    }

    /// Starts the end of an ephemeral subscription that has no consumer.
    mutating func leaveAlone(_ topic: String, _ name: String) {
        guard topics[topic]?.subscriptions[name]?.settings.ephemeral == true,
            !consumers.contains(where: { $0.topic == topic && $0.subscription == name })
        else { return }
        topics[topic]?.subscriptions[name]?.endsAt = now + UInt64(configuration.ephemeralGrace)
    }
}
