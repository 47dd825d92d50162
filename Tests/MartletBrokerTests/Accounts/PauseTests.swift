// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Deliveries of a subscription stop and go on (semantics 2).
struct PauseTests {
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness.account()
        try harness.serve()
        return harness
    }

    private func pause(_ harness: BrokerHarness, _ duration: Int? = nil) throws {
        try harness.say(.pause(topic: "orders", name: "billing", duration: duration))
    }

    private func resume(_ harness: BrokerHarness) throws {
        try harness.say(.resume(topic: "orders", name: "billing"))
    }

    @Test func `nothing is delivered until it is resumed, and what is held goes on`() throws {
        let harness = try harness()
        try harness.put("a")
        try pause(harness)
        try harness.put("b")
        #expect(harness.bodiesGot() == ["a"])
        #expect(try harness.verdicts(2) == [.leased, .waiting])
        #expect(try harness.info("orders", "billing").paused)
        try harness.settle(.ack, 1)
        try harness.pass(86_400_000)
        #expect(harness.bodiesGot().isEmpty)
        try resume(harness)
        #expect(harness.bodiesGot() == ["b"])
        #expect(try !harness.info("orders", "billing").paused)
    }

    @Test func `a pause for a time ends by itself, then and not before`() throws {
        let harness = try harness()
        try pause(harness, 5_000)
        try harness.put("a")
        #expect(try harness.why(1).evidence.until == harness.now.wall + 5_000)
        try harness.pass(4_999)
        #expect(try harness.verdict(1) == .waiting)
        try harness.pass(1)
        #expect(try harness.verdict(1) == .leased)
    }

    @Test func `a second pause replaces the first`() throws {
        let harness = try harness()
        try pause(harness, 1_000)
        try pause(harness, 3_000)
        try harness.put("a")
        try harness.pass(2_999)
        #expect(try harness.verdict(1) == .waiting)
        try harness.pass(1)
        #expect(try harness.verdict(1) == .leased)
        try pause(harness)
        try pause(harness, 1_000)
        try harness.put("b")
        try harness.pass(1_000)
        #expect(try harness.verdict(2) == .leased)
    }

    @Test func `a pause without end survives a restart`() throws {
        let harness = try harness()
        try pause(harness)
        try harness.put("a")
        try harness.crash()
        try harness.connect(1)
        try harness.serve()
        try harness.pass(60_000)
        #expect(try harness.why(1).evidence.reason == "paused")
        try resume(harness)
        #expect(try harness.verdict(1) == .leased)
    }

    @Test func `a pause for a time goes on through a restart`() throws {
        let harness = try harness()
        try pause(harness, 5_000)
        try harness.put("a")
        try harness.restart(after: 3_000)
        try harness.connect(1)
        try harness.serve()
        try harness.pass(1_999)
        #expect(try harness.verdict(1) == .waiting)
        try harness.pass(1)
        #expect(try harness.verdict(1) == .leased)
    }

    @Test func `a pause that ended while the broker was away has ended`() throws {
        let harness = try harness()
        try pause(harness, 5_000)
        try harness.put("a")
        try harness.restart(after: 5_000)
        try harness.connect(1)
        try harness.serve()
        #expect(try harness.verdict(1) == .leased)
    }

    @Test func `time goes on while deliveries do not`() throws {
        let harness = try harness()
        try harness.put("a", ttl: 2_000)
        try harness.put("b")
        try harness.settle(.nack, 2, delay: 1_000)
        try harness.settle(.release, 1, delay: 500)
        try pause(harness)
        try harness.pass(1_000)
        #expect(try harness.verdicts(2) == [.waiting, .waiting])
        try harness.pass(2_000)
        #expect(try harness.verdicts(2) == [.expired, .waiting])
    }

    @Test func `only one subscription is paused`() throws {
        let harness = try harness()
        try harness.say(
            .createSubscription(topic: "orders", name: "audit", from: .new, options: SubscriptionOptions()))
        try harness.serve(2, "orders", "audit")
        try pause(harness)
        try harness.put("a")
        #expect(try harness.verdict(1, "audit") == .leased)
    }

    @Test func `what is not there is not paused`() throws {
        let harness = try harness()
        try harness.say(
            .pause(topic: "orders", name: "nobody", duration: nil), .resume(topic: "orders", name: "nobody"),
            answer: "ERR unknown-subscription")
        try harness.say(.pause(topic: "nothing", name: "billing", duration: nil), answer: "ERR unknown-topic")
        try resume(harness)
    }
}
