// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// A subscription is about some messages only (semantics 2).
struct FilterTests {
    private func harness(_ filter: Filter) throws -> BrokerHarness {
        let harness = try BrokerHarness.account { $0.filter = filter }
        try harness.serve()
        return harness
    }

    @Test func `a header has to have the value byte for byte, its name in any case`() throws {
        let harness = try harness(Filter(header: "KIND", value: Array("invoice".utf8)))
        for kind in ["invoice", "Invoice", "invoice2", "invoic", nil] { try harness.put("m", kind: kind) }
        #expect(try harness.verdicts(5) == [.leased, .filtered, .filtered, .filtered, .filtered])
        #expect(harness.got(1).map(\.offset) == [1])
    }

    @Test func `a key has to begin so, and one without a key does not`() throws {
        let harness = try harness(Filter(keyPrefix: Array("eu-".utf8)))
        for key in ["eu-1", "eu-", "eu", "EU-1", ""] { try harness.put("m", key: key) }
        #expect(try harness.verdicts(5) == [.leased, .leased, .filtered, .filtered, .filtered])
    }

    @Test func `of header and key both have to pass`() throws {
        let harness = try harness(Filter(header: "kind", value: Array("1".utf8), keyPrefix: Array("a".utf8)))
        try harness.put("m", key: "a", kind: "1")
        try harness.put("m", key: "a", kind: "2")
        try harness.put("m", key: "b", kind: "1")
        #expect(try harness.verdicts(3) == [.leased, .filtered, .filtered])
    }

    @Test func `what is filtered is no backlog, holds no key and never expires`() throws {
        let harness = try BrokerHarness.account { options in
            options.filter = Filter(header: "kind", value: Array("1".utf8))
            options.order = .all
        }
        try harness.put("a", kind: "2", ttl: 1_000)
        try harness.put("b", kind: "1")
        #expect(try harness.info("orders", "billing").backlog == 1)
        try harness.serve()
        #expect(harness.bodiesGot() == ["b"])
        try harness.pass(3_000)
        #expect(try harness.verdict(1) == .filtered)
    }

    @Test func `the reply says when no subscription will see the message`() throws {
        let harness = try harness(Filter(keyPrefix: Array("a".utf8)))
        #expect(try harness.put("m", key: "a") == "OK 1")
        #expect(try harness.put("m", key: "b") == "OK 2 subs=0")
        try harness.say(
            .createSubscription(topic: "orders", name: "audit", from: .new, options: SubscriptionOptions()))
        #expect(try harness.put("m", key: "b") == "OK 3")
    }

    @Test func `a filter cannot be changed`() throws {
        let harness = try harness(Filter(keyPrefix: Array("a".utf8)))
        var options = SubscriptionOptions()
        options.filter = Filter(keyPrefix: Array("b".utf8))
        try harness.say(
            .alterSubscription(topic: "orders", name: "billing", options: options), answer: "ERR conflict")
        try harness.send(1, .sub(2, from: nil) { $0.filter = Filter(keyPrefix: Array("b".utf8)) })
        #expect(harness.heard(1) == ["ERR conflict"])
        try harness.send(1, .sub(2, from: nil) { $0.filter = Filter(keyPrefix: Array("a".utf8)) })
        #expect(harness.heard(1) == ["OK"])
    }

    @Test func `what is filtered is not resolved`() throws {
        let harness = try harness(Filter(keyPrefix: Array("a".utf8)))
        try harness.put("m", key: "b")
        try harness.resolve(1, .retry, answer: "ERR unknown-message")
    }

    @Test func `only what passes is waited for by a topic that keeps what interests`() throws {
        var topic = TopicOptions()
        topic.retention = .interest
        let harness = try BrokerHarness.account(topic: topic) { $0.filter = Filter(keyPrefix: Array("a".utf8)) }
        try harness.put("m", key: "b")
        try harness.pass(1_000)
        guard case .topic(let info)? = try harness.ask([.info(.topic("orders"))]).first else {
            Issue.record("the topic is not there")
            return
        }
        #expect(info.messages == 0)
    }

    @Test func `a filter holds over a restart`() throws {
        let harness = try harness(Filter(keyPrefix: Array("a".utf8)))
        try harness.put(keyed: "b1", "a2")
        try harness.crash()
        #expect(try harness.verdicts(2) == [.filtered, .waiting])
        try harness.connect(1)
        try harness.serve()
        #expect(harness.bodiesGot() == ["a2"])
    }

    @Test func `a purge looks through what was not passed in several steps, and others go on meanwhile`() throws {
        var configuration = BrokerConfiguration()
        configuration.scanLimit = 100
        let harness = try BrokerHarness(configuration)
        for connection in UInt64(1)...2 { try harness.connect(connection) }
        var options = SubscriptionOptions()
        options.filter = Filter(keyPrefix: Array("a".utf8))
        try harness.say(
            .createSubscription(topic: "orders", name: "billing", from: .earliest, options: options))
        // The first and every tenth passes; nobody takes them.
        for number in 0..<1_000 { try harness.put("m\(number)", key: number % 10 == 0 ? "a" : "b") }
        let purge = harness.input(1) { $0.add(.purge(topic: "orders", before: nil)) }
        _ = harness.heard(1)
        try harness.step([purge])
        for _ in 1...5 {
            try harness.step([harness.input(2) { $0.add(.ping) }])
            try harness.sync()
        }
        #expect(harness.heard(1).isEmpty)
        #expect(harness.heard(2) == Array(repeating: "PONG", count: 5))
        // What comes meanwhile stays.
        try harness.step([harness.input(2) { $0.publish("orders", "new", key: "a") }])
        try harness.run([])
        #expect(harness.heard(1) == ["OK"])
        #expect(try harness.info("orders", "billing").filtered == 900)
        #expect(try harness.info("orders", "billing").backlog == 1)
        #expect(try harness.bodies("orders") == ["new"])
        #expect(try harness.verdict(1) == .lostToRetention)
        #expect(try harness.verdict(11) == .lostToRetention)
        #expect(try harness.verdict(1_001) == .waiting)
    }

    @Test func `retention looks through what it drops in several steps, and others go on meanwhile`() throws {
        var configuration = BrokerConfiguration()
        configuration.scanLimit = 100
        let harness = try BrokerHarness(configuration)
        for connection in UInt64(1)...2 { try harness.connect(connection) }
        var topic = TopicOptions()
        (topic.maxMessages, topic.unsettled) = (10, .drop)
        var options = SubscriptionOptions()
        options.filter = Filter(keyPrefix: Array("a".utf8))
        try harness.say(
            .createTopic(name: "orders", options: topic),
            .createSubscription(topic: "orders", name: "billing", from: .earliest, options: options))
        try harness.send(1) { commands in
            for number in 1...1_000 { commands.publish("orders", "m\(number)", key: number % 10 == 0 ? "a" : "b") }
        }
        _ = harness.heard(1)
        harness.now.wall += 1_000
        harness.now.steady += 1_000
        for _ in 1...5 {
            try harness.step([harness.input(2) { $0.add(.ping) }])
            try harness.sync()
        }
        #expect(harness.heard(2) == Array(repeating: "PONG", count: 5))
        #expect(harness.store.contents.topics.values.allSatisfy { $0.first == 1 })
        try harness.run([])
        let info = try harness.info("orders", "billing")
        #expect([info.filtered, info.lost, info.backlog] == [900, 99, 1])
    }
}
