// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Messages of one key go one after another (semantics 2).
struct KeyOrderTests {
    private func harness(_ order: Order = .key, window: Int = 16) throws -> BrokerHarness {
        let harness = try BrokerHarness.account { $0.order = order }
        try harness.serve(window: window)
        return harness
    }

    @Test func `one of a key is in flight, and other keys flow`() throws {
        let harness = try harness()
        try harness.put(keyed: "a1", "a2", "b1", "b2", "c1")
        #expect(harness.bodiesGot() == ["a1", "b1", "c1"])
        try harness.settle(.ack, 2)
        #expect(harness.bodiesGot() == ["b2"])
        try harness.settle(.ack, 1)
        #expect(harness.bodiesGot() == ["a2"])
    }

    @Test func `messages without a key are free`() throws {
        let harness = try harness()
        for body in ["one", "two", "three"] { try harness.put(body) }
        #expect(harness.bodiesGot() == ["one", "two", "three"])
    }

    @Test func `none waits for another where no order was asked for`() throws {
        let harness = try harness(.none)
        try harness.put(keyed: "a1", "a2")
        #expect(harness.bodiesGot() == ["a1", "a2"])
    }

    @Test func `under order all the whole subscription is one key`() throws {
        let harness = try harness(.all)
        try harness.put(keyed: "a1", "b2")
        try harness.put("three")
        #expect(harness.bodiesGot() == ["a1"])
        #expect(try harness.verdicts(3) == [.leased, .blocked, .blocked])
        #expect(try harness.why(3).evidence.key == nil)
        #expect(try harness.why(3).evidence.heldBy == 1)
        try harness.settle(.ack, 1)
        #expect(harness.bodiesGot() == ["b2"])
    }

    @Test(arguments: [Settle.Verb.nack, .release])
    func `what comes back holds its key and goes before later ones`(_ verb: Settle.Verb) throws {
        let harness = try harness()
        try harness.put(keyed: "a1", "a2", "b1")
        #expect(harness.bodiesGot() == ["a1", "b1"])
        try harness.settle(verb, 1, delay: 3_000)
        #expect(try harness.verdicts(2) == [.deferred, .blocked])
        try harness.pass(2_999)
        #expect(harness.bodiesGot().isEmpty)
        try harness.pass(1)
        #expect(harness.bodiesGot() == ["a1"])
        try harness.settle(.ack, 3)
        #expect(harness.bodiesGot() == ["a2"])
    }

    @Test func `what returns at once goes before later ones of its key`() throws {
        let harness = try harness(window: 1)
        try harness.put(keyed: "a1", "a2", "b1")
        try harness.settle(.release, 1)
        #expect(harness.bodiesGot() == ["a1", "a1"])
    }

    @Test func `a lost connection keeps the order`() throws {
        let harness = try BrokerHarness.account { $0.order = .key }
        try harness.connect(2)
        try harness.send(2, .sub(1, window: 4, from: nil))
        try harness.put(keyed: "a1", "a2", "b1")
        #expect(harness.got(2).map(\.body) == ["a1", "b1"])
        try harness.disconnect(2)
        try harness.serve()
        #expect(harness.bodiesGot() == ["a1", "b1"])
    }

    @Test func `a key is never in flight twice among several consumers`() throws {
        let harness = try harness()
        try harness.serve(2)
        try harness.put(keyed: "a1", "a2", "a3", "b1")
        #expect(Set(harness.bodiesGot()) == ["a1", "b1"])
    }

    @Test func `a parked message holds its key until a person resolves it`() throws {
        let harness = try harness()
        try harness.put(keyed: "a1", "a2", "b1")
        try harness.settle(.park, 1)
        #expect(try harness.verdicts(2) == [.parked, .blocked])
        #expect(try harness.why(2).evidence.verdict == .parked)
        try harness.pass(86_400_000)
        #expect(!harness.bodiesGot().contains("a2"))
        try harness.resolve(1, .ack)
        #expect(harness.bodiesGot().contains("a2"))
    }

    @Test func `a dead letter frees its key`() throws {
        let harness = try harness()
        try harness.put(keyed: "a1", "a2")
        try harness.settle(.reject, 1)
        #expect(harness.bodiesGot() == ["a1", "a2"])
    }

    @Test func `what expires frees its key`() throws {
        let harness = try harness()
        try harness.put("a1", key: "a", ttl: 2_000)
        try harness.put("a2", key: "a")
        #expect(harness.bodiesGot() == ["a1"])
        try harness.settle(.nack, 1, delay: 60_000)
        try harness.pass(3_000)
        #expect(try harness.verdict(1) == .expired)
        #expect(harness.bodiesGot() == ["a2"])
    }

    @Test func `the order holds over a restart`() throws {
        let harness = try harness()
        try harness.put(keyed: "a1", "a2", "b1", "b2", "c1")
        try harness.settle(.nack, 1, delay: 5_000)
        try harness.settle(.park, 2)
        try harness.crash()
        try harness.connect(1)
        #expect(try harness.verdicts(5) == [.deferred, .blocked, .parked, .blocked, .waiting])
        try harness.serve()
        #expect(harness.bodiesGot() == ["c1"])
        try harness.pass(5_000)
        #expect(harness.bodiesGot() == ["a1"])
    }

    @Test func `a key that is stuck does not stop others however many wait behind it`() throws {
        let harness = try harness()
        try harness.put("a0", key: "a")
        try harness.settle(.park, 1)
        try harness.publish(1, "orders", (1...3_000).map { "a\($0)" }, key: "a")
        try harness.put(keyed: "b1")
        #expect(harness.bodiesGot() == ["a0", "b1"])
        #expect(try harness.verdict(3_001) == .blocked)
        try harness.resolve(1, .ack)
        #expect(harness.bodiesGot() == ["a1"])
    }

    @Test func `the order cannot be changed`() throws {
        let harness = try harness()
        var options = SubscriptionOptions()
        options.order = .all
        let alter = Command.alterSubscription(topic: "orders", name: "billing", options: options)
        try harness.say(alter, answer: "ERR conflict")
        options.order = .key
        try harness.say(.alterSubscription(topic: "orders", name: "billing", options: options))
    }
}
