// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Topics and subscriptions come, go and are found again.
struct LifeTests {
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        return harness
    }

    @Test func `what exists is not made again`() throws {
        let harness = try harness()
        try harness.send(
            1, .createTopic(name: "orders", options: TopicOptions()),
            .createTopic(name: "orders", options: TopicOptions()),
            .createSubscription(topic: "orders", name: "s", from: .earliest, options: SubscriptionOptions()),
            .createSubscription(topic: "orders", name: "s", from: .earliest, options: SubscriptionOptions()),
            .createSubscription(topic: "orders", name: "t", from: nil, options: SubscriptionOptions()))
        #expect(harness.heard(1) == ["OK", "ERR exists", "OK", "ERR exists", "ERR start-required"])
    }

    @Test func `a topic has at most so many subscriptions`() throws {
        var configuration = BrokerConfiguration()
        configuration.maxSubscriptions = 2
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.send(1, .sub(1, "orders", "a"), .sub(2, "orders", "b"), .sub(3, "orders", "c"))
        #expect(harness.heard(1) == ["OK created", "OK created", "ERR limit"])
    }

    @Test func `what is said of an existing subscription has to be true`() throws {
        let harness = try harness()
        try harness.send(
            1, .sub(1) { $0.lease = 5_000 }, .sub(2) { $0.lease = 5_000 }, .sub(3) { $0.lease = 6_000 },
            .sub(4) { $0.maxFailures = 9 }, .sub(5) { $0.backoff = [1] }, .sub(6) { $0.ephemeral = true })
        #expect(harness.heard(1) == ["OK created", "OK"] + Array(repeating: "ERR conflict", count: 4))
    }

    @Test func `a number is one consumer's at a time`() throws {
        let harness = try harness()
        try harness.send(1, .sub(1), .sub(1, "other", "s"), .unsubscribe(consumer: 1), .sub(1, "other", "s"))
        #expect(harness.heard(1) == ["OK created", "ERR conflict", "OK", "OK created"])
    }

    @Test func `deleting a subscription tells its consumers`() throws {
        let harness = try harness()
        try harness.connect(2)
        try harness.send(2, .sub())
        try harness.publish(1, "orders", "a", "b")
        _ = harness.heard(1)
        _ = harness.heard(2)
        try harness.send(1, .deleteSubscription(topic: "orders", name: "billing"))
        #expect(harness.heard(2) == ["LOST 1 1,2 deleted", "GONE 1 deleted"])
        try harness.send(2) { $0.ack(consumer: 1, first: 1, last: 1) }
        #expect(harness.heard(2) == ["ERR unknown-consumer"])
        try harness.send(1, .deleteSubscription(topic: "orders", name: "billing"))
        #expect(harness.heard(1) == ["OK", "ERR unknown-subscription"])
    }

    @Test func `a topic that is deleted and made again begins anew`() throws {
        let harness = try harness()
        try harness.send(1) { commands in
            commands.publish("orders", "a")
            commands.add(.deleteTopic(name: "orders"))
            commands.publish("orders", "b")
            commands.add(.peek(topic: "orders", offset: 1, limit: 9))
        }
        #expect(harness.heard(1) == ["OK 1 subs=0", "OK", "OK 1 subs=0", "DATA 1"])
        try harness.crash()
        try harness.connect(1)
        try harness.send(1, .sub())
        #expect(harness.got(1).map(\.body) == ["b"])
    }

    @Test func `the id of a subscription is never given again, however short it lived`() throws {
        let harness = try harness()
        try harness.send(1, .sub(from: .earliest), .deleteSubscription(topic: "orders", name: "billing"))
        try harness.crash()
        #expect(harness.store.contents.nextSubscription == 2)
    }

    @Test func `an ephemeral subscription goes some time after its last consumer`() throws {
        let harness = try harness()
        try harness.send(1, .sub { $0.ephemeral = true }, .unsubscribe(consumer: 1))
        try harness.pass(299_999)
        try harness.send(1, .sub(from: nil), .unsubscribe(consumer: 1))
        try harness.pass(299_999)
        try harness.send(1, .info(.subscription(topic: "orders", name: "billing")))
        try harness.pass(1)
        try harness.send(1, .info(.subscription(topic: "orders", name: "billing")))
        #expect(harness.heard(1) == ["OK created", "OK", "OK", "OK", "DATA", "ERR unknown-subscription"])
    }

    @Test func `a purge settles for everybody what it drops`() throws {
        let harness = try harness()
        try harness.send(1, .sub(window: 2))
        try harness.publish(1, "orders", "a", "b", "c", "d")
        _ = harness.got(1)
        _ = harness.heard(1)
        try harness.send(1, .purge(topic: "orders", before: 4), .peek(topic: "orders", offset: 1, limit: 9))
        #expect(harness.heard(1) == ["LOST 1 1,2 purged", "OK", "DATA 4"])
        #expect(harness.got(1).map(\.offset) == [4])
        try harness.send(1, .settle(.ack, 1...2))
        #expect(harness.heard(1) == ["OK 0 lost=1-2"])
        #expect(try harness.info("orders", "billing").backlog == 1)
        try harness.send(1, .purge(topic: "orders", before: nil), .purge(topic: "nothing", before: nil))
        #expect(harness.heard(1) == ["LOST 1 3 purged", "OK", "ERR unknown-topic"])
        try harness.publish(1, "orders", "e")
        #expect(harness.heard(1) == ["OK 5"])
    }

    @Test func `limits that may drop the oldest do, and say what was lost`() throws {
        let harness = try harness()
        var choice = TopicOptions()
        choice.maxMessages = 2
        choice.unsettled = .drop
        try harness.send(1, .createTopic(name: "orders", options: choice), .sub(window: 1))
        try harness.publish(1, "orders", "a", "b", "c", "d")
        try harness.pass(1_000)
        let info = try harness.info("orders", "billing")
        #expect(info.lost == 2)
        #expect(info.backlog == 2)
        // The window was one: the first message was held, and the next that is left takes its place.
        #expect(harness.heard(1).last == "LOST 1 1 dropped")
        #expect(harness.got(1).map(\.offset) == [1, 3])
        try harness.send(1, .settle(.ack, 1...2))
        #expect(harness.heard(1) == ["OK 1 lost=1"])
    }

    @Test func `what nobody is interested in goes`() throws {
        let harness = try harness()
        var choice = TopicOptions()
        choice.retention = .interest
        choice.maxMessages = 2
        try harness.send(1, .createTopic(name: "news", options: choice))
        try harness.publish(1, "news", "a", "b", "c")
        try harness.pass(1_000)
        try harness.publish(1, "news", "d")
        #expect(harness.heard(1) == ["OK", "OK 1 subs=0", "OK 2 subs=0", "OK 3 subs=0", "OK 4 subs=0"])
    }

    @Test func `old messages go`() throws {
        let harness = try harness()
        var choice = TopicOptions()
        choice.maxAge = 10_000
        try harness.send(1, .createTopic(name: "orders", options: choice))
        try harness.publish(1, "orders", "a")
        try harness.pass(8_000)
        try harness.publish(1, "orders", "b")
        try harness.pass(3_000)
        _ = harness.heard(1)
        try harness.send(1, .peek(topic: "orders", offset: 1, limit: 9))
        #expect(harness.heard(1) == ["DATA 2"])
    }

    @Test func `what is settled stays settled after a crash, what was in flight comes again`() throws {
        let harness = try harness()
        try harness.send(1, .sub(window: 100))
        for number in 1...20 { try harness.publish(1, "orders", "\(number)") }
        try harness.send(1, .settle(.ack, 1...3, 7...7, 20...20))
        try harness.crash()
        try harness.connect(1)
        try harness.send(1, .sub(window: 100, from: nil))
        #expect(harness.got(1).map(\.offset) == [4, 5, 6] + Array(8...19))
    }

    @Test func `an ack that was not durable is undone by a crash, one that was confirmed is not`() throws {
        let harness = try harness()
        try harness.send(1, .sub())
        try harness.publish(1, "orders", "a", "b")
        try harness.step([harness.input(1) { $0.ack(consumer: 1, first: 1, last: 1) }])
        _ = harness.heard(1)
        try harness.step([harness.input(1) { $0.ack(consumer: 1, first: 2, last: 2) }])
        #expect(harness.heard(1) == ["OK 1"])
        try harness.crash()
        try harness.connect(1)
        try harness.send(1, .sub(from: nil))
        #expect(harness.got(1).map(\.offset) == [2])
    }
}
