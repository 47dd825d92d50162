// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// The time of a message is over (semantics 1).
struct ExpiryTests {
    @Test func `until then it is delivered, and from then on not`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", ttl: 2_000)
        try harness.pass(1_999)
        try harness.serve()
        #expect(harness.bodiesGot() == ["a"])
        try harness.say(.unsubscribe(consumer: 1))
        try harness.pass(1)
        try harness.serve()
        #expect(harness.bodiesGot().isEmpty)
        try harness.pass(1_000)
        #expect(try harness.verdict(1) == .expired)
        #expect(try harness.info("orders", "billing").backlog == 0)
    }

    @Test func `a lease that runs then is allowed to end`() throws {
        let harness = try BrokerHarness.account()
        try harness.serve()
        for body in ["a", "b", "c"] { try harness.put(body, ttl: 1_000) }
        try harness.pass(5_000)
        #expect(try harness.verdicts(3) == [.leased, .leased, .leased])
        try harness.settle(.ack, 1)
        try harness.settle(.nack, 2, delay: 0)
        try harness.settle(.release, 3)
        #expect(harness.bodiesGot() == ["a", "b", "c"])
        try harness.pass(1_000)
        #expect(try harness.verdicts(3) == [.handled, .expired, .expired])
        #expect(harness.bodiesGot().isEmpty)
    }

    @Test func `what waits for its time expires as what waits for a consumer`() throws {
        let harness = try BrokerHarness.account()
        try harness.serve()
        try harness.put("a", ttl: 2_000)
        try harness.settle(.nack, 1, delay: 60_000)
        try harness.pass(3_000)
        #expect(try harness.verdict(1) == .expired)
        #expect(try harness.info("orders", "billing").deferred == 0)
    }

    @Test func `it may be a dead letter instead`() throws {
        let harness = try BrokerHarness.account { $0.onExpire = .dead }
        try harness.put("a", ttl: 1_000)
        try harness.pass(2_000)
        #expect(try harness.verdict(1) == .dead)
        #expect(try harness.why(1).evidence.reason == "expired")
        #expect(try harness.bodies("$dead.orders.billing") == ["a"])
        // Its own time to live does not count there.
        try harness.pass(86_400_000)
        #expect(try harness.bodies("$dead.orders.billing") == ["a"])
    }

    @Test func `each subscription has its own outcome`() throws {
        let harness = try BrokerHarness.account()
        try harness.say(
            .createSubscription(topic: "orders", name: "audit", from: .earliest, options: SubscriptionOptions()))
        try harness.serve(1, "orders", "audit")
        try harness.put("a", ttl: 1_000)
        try harness.settle(.ack, 1)
        try harness.pass(2_000)
        #expect(try harness.verdict(1) == .expired)
        #expect(try harness.verdict(1, "audit") == .handled)
    }

    @Test func `the time of what is scheduled counts from its due time`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", ttl: 1_000, .delay(5_000))
        try harness.pass(5_999)
        #expect(try harness.verdict(1) == .waiting)
        try harness.pass(1_001)
        #expect(try harness.verdict(1) == .expired)
    }

    @Test func `it goes on while the broker is away`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", ttl: 5_000)
        try harness.put("b", ttl: 9_000)
        try harness.restart(after: 6_000)
        try harness.pass(1_000)
        #expect(try harness.verdicts(2) == [.expired, .waiting])
    }

    @Test func `many expire at once`() throws {
        let harness = try BrokerHarness.account()
        for number in 1...50 { try harness.put("m\(number)", ttl: 1_000) }
        try harness.put("last")
        try harness.pass(2_000)
        #expect(try harness.verdicts(51) == Array(repeating: .expired, count: 50) + [.waiting])
    }

    @Test func `a new subscription does not get what is over`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", ttl: 1_000)
        try harness.put("b")
        try harness.pass(2_000)
        try harness.say(
            .createSubscription(topic: "orders", name: "late", from: .earliest, options: SubscriptionOptions()))
        try harness.serve(1, "orders", "late")
        #expect(harness.bodiesGot() == ["b"])
        try harness.pass(1_000)
        #expect(try harness.verdict(1, "late") == .expired)
    }
}
