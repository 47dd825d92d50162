// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// What a durable subscription has not settled is dropped only where the topic says so (semantics 9).
struct UnsettledTests {
    private func harness(
        _ change: (inout TopicOptions) -> Void, ephemeral: Bool = false
    ) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        var options = TopicOptions()
        change(&options)
        try harness.send(1, .createTopic(name: "orders", options: options))
        try harness.send(1, .sub(window: 100) { $0.ephemeral = ephemeral })
        _ = harness.heard(1)
        return harness
    }

    @Test func `by default nothing grows too old that is not settled`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .createSubscription(topic: "orders", name: "billing", from: .earliest, options: .init()))
        try harness.publish(1, "orders", "a", "b", "c")
        try harness.pass(30 * 86_400_000)
        #expect(try harness.bodies("orders") == ["a", "b", "c"])
        try harness.send(1, .sub(from: nil))
        try harness.send(1, .settle(.ack, 1...2))
        try harness.pass(60_000)
        #expect(try harness.bodies("orders") == ["c"])
        #expect(try harness.info("orders", "billing").lost == 0)
    }

    @Test func `unsettled messages use up the limit of messages, and settled ones do not`() throws {
        let harness = try harness { $0.maxMessages = 3 }
        try harness.publish(1, "orders", "a", "b", "c", "d")
        #expect(harness.heard(1) == ["OK 1", "OK 2", "OK 3", "ERR full"])
        try harness.send(1, .settle(.ack, 2...3))
        try harness.publish(1, "orders", "d")
        // One that is stuck does not make those count that were settled behind it.
        try harness.publish(1, "orders", "e", "f")
        #expect(harness.heard(1) == ["OK 2", "OK 4", "OK 5", "ERR full"])
        try harness.send(1, .settle(.ack, 1...1))
        try harness.publish(1, "orders", "f", "g")
        #expect(harness.heard(1) == ["OK 1", "OK 6", "ERR full"])
        try harness.pass(1_000)
        #expect(try harness.bodies("orders") == ["d", "e", "f"])
    }

    @Test func `unsettled bytes use up the limit of bytes, and settled ones do not`() throws {
        let harness = try harness { $0.maxBytes = 1_000 }
        let body = String(repeating: ".", count: 400)
        try harness.publish(1, "orders", body)
        try harness.publish(1, "orders", body)
        try harness.publish(1, "orders", body)
        #expect(harness.heard(1) == ["OK 1", "OK 2", "ERR full"])
        try harness.send(1, .settle(.ack, 1...1))
        try harness.publish(1, "orders", body)
        try harness.publish(1, "orders", body)
        #expect(harness.heard(1) == ["OK 1", "OK 3", "ERR full"])
    }

    @Test func `the oldest go where the topic says so`() throws {
        let harness = try harness { ($0.maxMessages, $0.unsettled) = (2, .drop) }
        try harness.publish(1, "orders", "a", "b", "c", "d")
        #expect(harness.heard(1) == ["OK 1", "OK 2", "OK 3", "OK 4"])
        try harness.pass(1_000)
        #expect(try harness.bodies("orders") == ["c", "d"])
        #expect(try harness.info("orders", "billing").lost == 2)
    }

    @Test func `an ephemeral subscription keeps nothing`() throws {
        let harness = try harness({ $0.maxMessages = 2 }, ephemeral: true)
        try harness.publish(1, "orders", "a", "b", "c")
        #expect(harness.heard(1) == ["OK 1", "OK 2", "OK 3"])
        try harness.pass(1_000)
        #expect(try harness.bodies("orders") == ["b", "c"])
    }

    @Test func `a subscription that begins at a message to come keeps nothing before it`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        var options = TopicOptions()
        options.maxMessages = 2
        try harness.send(1, .createTopic(name: "orders", options: options))
        try harness.send(1, .sub(window: 100, from: .offset(40)))
        try harness.publish(1, "orders", "a", "b", "c")
        #expect(harness.heard(1) == ["OK", "OK created", "OK 1", "OK 2", "OK 3"])
    }

    @Test func `what is returned and then dropped is counted nowhere, after a restart too`() throws {
        let harness = try harness { ($0.maxMessages, $0.unsettled) = (2, .drop) }
        try harness.publish(1, "orders", "a", "b")
        try harness.send(1, .settle(.nack, 1...2, delay: 86_400_000))
        #expect(try harness.info("orders", "billing").deferred == 2)
        try harness.publish(1, "orders", "c")
        try harness.pass(1_000)
        #expect(try harness.info("orders", "billing").deferred == 1)
        try harness.send(1, .purge(topic: "orders", before: nil))
        #expect(try harness.info("orders", "billing").deferred == 0)
        #expect(harness.store.contents.deferred.values.flatMap(\.keys) == [])
        try harness.crash()
        #expect(try harness.info("orders", "billing").deferred == 0)
    }

    @Test func `drop goes with limits only`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        var options = TopicOptions()
        (options.retention, options.unsettled) = (.work, .drop)
        try harness.send(1, .createTopic(name: "orders", options: options))
        #expect(harness.heard(1) == ["ERR bad-option"])
    }
}
