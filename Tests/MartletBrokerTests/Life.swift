// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// One sequence; ends with what went wrong first.
struct Life {
    static let names = ["billing", "audit"]

    let harness: BrokerHarness
    var random: SeededRandom
    var models: [String: ReferenceModel] = [:]
    /// The window of each connection's consumer, and which subscription it reads.
    var consumers: [UInt64: (subscription: String, window: Int)] = [:]
    var nextConnection: UInt64 = 2
    /// What the broker has to know of ids and of records.
    var ids: [String: (offset: UInt64, body: String)] = [:]
    var records: [String: (version: UInt64, value: String)] = [:]
    /// Messages of the topic.
    var published: UInt64 = 0

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        harness = try BrokerHarness(seed: seed)
        try harness.connect(1)
        for name in Self.names {
            let model = ReferenceModel(
                lease: UInt64.random(in: 2...5, using: &random) * 1_000,
                maxFailures: Int.random(in: 1...4, using: &random),
                backoff: UInt64.random(in: 0...3, using: &random) * 1_000)
            models[name] = model
            var choice = SubscriptionOptions()
            choice.lease = Int(model.lease)
            choice.maxFailures = model.maxFailures
            choice.backoff = [Int(model.backoff)]
            try harness.send(
                1, .createSubscription(topic: "orders", name: name, from: .earliest, options: choice))
        }
        _ = harness.heard(1)
    }

    /// Takes what was delivered; the first delivery that may not be.
    ///
    /// What one step hands to several consumers has no order that anybody could see, so it is taken by offset.
    mutating func collect() -> String? {
        var all: [(connection: UInt64, got: Got)] = []
        for connection in consumers.keys { all += harness.got(connection).map { (connection, $0) } }
        for (connection, got) in all.sorted(by: { $0.got.offset < $1.got.offset }) {
            guard let consumer = consumers[connection] else { continue }
            let problem = models[consumer.subscription]?.deliver(
                got, to: connection, window: consumer.window, at: harness.now.wall)
            if let problem { return "\(consumer.subscription): offset \(got.offset) \(problem)" }
        }
        return nil
    }

    mutating func turn() throws -> String? {
        switch Int.random(in: 0..<18, using: &random) {
        case 0...2: try publish()
        case 3: if let problem = try publishIdentified() { return problem }
        case 4: try attach()
        case 5...9: try settle()
        case 10: try detach()
        case 13...16: if let problem = try transact() { return problem }
        case 11, 12: try pass(UInt64.random(in: 1...4_000, using: &random))
        default: if let problem = try crash() { return problem }
        }
        return collect()
    }

    private mutating func publish() throws {
        let count = Int.random(in: 1...5, using: &random)
        try harness.send(1) { commands in
            for _ in 0..<count { commands.publish("orders", "x") }
        }
        publish(count)
        #expect(harness.heard(1).allSatisfy { $0.hasPrefix("OK ") })
    }

    mutating func publish(_ count: Int) {
        for name in Self.names { models[name]?.publish(count) }
        published += UInt64(count)
    }

    private mutating func attach() throws {
        guard consumers.count < 4 else { return }
        let connection = nextConnection
        nextConnection += 1
        let window = Int.random(in: 1...6, using: &random)
        let name = Self.names[Int.random(in: 0..<Self.names.count, using: &random)]
        try harness.connect(connection)
        consumers[connection] = (name, window)
        try harness.send(connection, .sub(1, "orders", name, window: window, from: nil))
    }

    private mutating func settle() throws {
        guard let (connection, consumer) = consumers.sorted(by: { $0.key < $1.key }).randomElement(using: &random)
        else { return }
        let tags = (models[consumer.subscription]?.held ?? [:]).values
            .filter { $0.connection == connection }.map(\.tag).sorted()
        guard let tag = tags.randomElement(using: &random) else { return }
        let verb = [Settle.Verb.ack, .ack, .ack, .nack, .release, .reject][
            Int.random(in: 0..<6, using: &random)]
        let delay =
            Bool.random(using: &random) && verb != .ack && verb != .reject
            ? Int.random(in: 1...2_000, using: &random) : nil
        let last = verb == .ack ? tag + UInt64.random(in: 0...2, using: &random) : tag
        for tag in tag...last {
            models[consumer.subscription]?.settle(verb, connection, tag, delay: delay, at: harness.now.wall)
        }
        if verb == .ack {
            try harness.send(connection) { $0.ack(consumer: 1, first: tag, last: last) }
        } else {
            try harness.send(connection, .settle(verb, tag...tag, delay: delay))
        }
    }

    private mutating func detach() throws {
        guard let connection = consumers.keys.sorted().randomElement(using: &random) else { return }
        if let name = consumers.removeValue(forKey: connection)?.subscription {
            models[name]?.disconnect(connection)
        }
        try harness.disconnect(connection)
    }

    mutating func pass(_ milliseconds: UInt64) throws {
        for name in Self.names { models[name]?.pass(to: harness.now.wall + milliseconds) }
        try harness.pass(milliseconds)
    }

    /// Kills the broker behind a commit that is not durable: nothing of it was confirmed, nothing of it may stay.
    private mutating func crash() throws -> String? {
        try harness.step([
            harness.input(1) { commands in
                commands.publish("orders", "never confirmed", id: "never")
                commands.add(.begin(id: Array("never".utf8), refusal: nil))
                commands.publish("orders", "never confirmed")
                commands.add(Self.set("k0", "never", .any))
                commands.add(.commit)
            }
        ])
        let heard = harness.heard(1)
        try harness.crash()
        try harness.connect(1)
        consumers = [:]
        for name in Self.names { models[name]?.crash() }
        if !heard.isEmpty { return "confirmed before it was durable: \(heard)" }
        try harness.send(1, .outcome(id: Array("never".utf8)))
        let outcome = harness.heard(1)
        if outcome != ["OK unknown"] { return "a transaction that was never durable is \(outcome)" }
        return try checkRecords()
    }

    /// Lets everything be handled; says what was left over or lost.
    mutating func drain() throws -> String? {
        for connection in consumers.keys.sorted() {
            if let name = consumers.removeValue(forKey: connection)?.subscription {
                models[name]?.disconnect(connection)
            }
            try harness.disconnect(connection)
            if let problem = collect() { return problem }
        }
        for name in Self.names {
            let connection = nextConnection
            nextConnection += 1
            try harness.connect(connection)
            consumers[connection] = (name, 1_000)
            try harness.send(connection, .sub(1, "orders", name, window: 1_000, from: nil))
        }
        for _ in 0..<10 {
            if let problem = collect() { return problem }
            for (connection, consumer) in consumers {
                let held = (models[consumer.subscription]?.held ?? [:]).values.filter {
                    $0.connection == connection
                }
                for lease in held {
                    models[consumer.subscription]?.settle(
                        .ack, connection, lease.tag, delay: nil, at: harness.now.wall)
                    try harness.send(connection) { $0.ack(consumer: 1, first: lease.tag, last: lease.tag) }
                }
            }
            try pass(1_000)
        }
        for name in Self.names {
            let info = try harness.info("orders", name)
            guard let model = models[name] else { continue }
            if info.backlog != 0 || info.deferred != 0 || info.inFlight != 0 {
                return "\(name): left over: \(info)"
            }
            if UInt64(model.settled.count) != model.published { return "\(name): lost a message" }
            if info.dead != UInt64(model.dead.count) {
                return "\(name): \(info.dead) dead, not \(model.dead.count)"
            }
        }
        return nil
    }
}
