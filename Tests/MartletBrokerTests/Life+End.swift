// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// At the end of a random life everything that was confirmed is settled, dead or gone by the retention in force.
extension Life {
    private static let patience = 12
    /// By then retention has looked at every topic, and what grows old in a life has.
    private static let longEnough: UInt64 = 70_000
    /// More than one step of a life publishes to a topic.
    private static let packBytes = 2_000

    /// Lets everything be handled; says what was left over or lost.
    mutating func end() throws -> String? {
        setFull(false)
        for connection in openConnections {
            if let problem = try lose(connection) { return problem }
        }
        for (topic, name) in model.subscriptionNames {
            let request = Subscribe(consumer: 1, topic: topic, subscription: name, window: 1_000)
            if let problem = try subscribe(request, on: connect()) ?? collect() { return problem }
        }
        for _ in 0..<Self.patience where model.isBusy {
            if let problem = try handleAll() ?? pass(1_000) { return problem }
        }
        if let problem = try pass(Self.longEnough) ?? checkEnd() { return problem }
        try harness.run([.stopping])
        let heard = harness.heardByAll()
        return openConnections.allSatisfy { heard[$0] == ["BYE"] } ? nil : "the end was told as \(heard)"
    }

    /// Acks all that is delivered until nothing more comes.
    private mutating func handleAll() throws -> String? {
        var isMore = true
        while isMore {
            isMore = false
            for connection in model.blocked {
                if let problem = try takeAll(connection) { return problem }
                isMore = true
            }
            for consumer in model.attached {
                let tags = ReferenceModel.ranges(model.tags(of: consumer))
                if tags.isEmpty { continue }
                let request = Settle(verb: .ack, consumer: consumer.number, tags: tags)
                let expected = model.settle(request, on: consumer.connection)
                if let problem = try send(consumer.connection, .settle(request), expecting: expected) ?? collect() {
                    return problem
                }
                isMore = true
            }
        }
        return nil
    }

    private mutating func checkEnd() throws -> String? {
        for (name, topic) in model.topics {
            if let surplus = topic.surplus(packBytes: Self.packBytes, at: model.now) { return "\(name) \(surplus)" }
        }
        for (topic, name) in model.subscriptionNames {
            let info = try harness.info(topic, name)
            if info.backlog != 0 || info.deferred != 0 || info.inFlight != 0 {
                return "\(topic)/\(name): left over: \(info)"
            }
        }
        let rows = harness.store.contents.deferred.values.flatMap(\.keys)
        if !rows.isEmpty { return "what returned is remembered although it is settled: \(rows.sorted())" }
        for name in model.deadLetters.keys.sorted() {
            let (known, found) = (model.deadLetters[name]?.sorted() ?? [], try harness.bodies(name).sorted())
            if known != found { return "\(name) holds \(found), not \(known)" }
        }
        return nil
    }
}
