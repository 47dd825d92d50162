// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// A handler hands a message to a person, who decides (semantics 3).
struct ParkTests {
    private func harness(_ change: (inout SubscriptionOptions) -> Void = { _ in }) throws -> BrokerHarness {
        let harness = try BrokerHarness.account(change)
        try harness.serve()
        return harness
    }

    @Test func `what is parked does not come again, uses no window and is no failure`() throws {
        let harness = try BrokerHarness.account { $0.maxFailures = 1 }
        try harness.serve(window: 1)
        try harness.put("a")
        try harness.put("b")
        #expect(harness.bodiesGot() == ["a"])
        try harness.settle(.park, 1)
        #expect(harness.bodiesGot() == ["b"])
        try harness.settle(.ack, 2)
        try harness.pass(30 * 86_400_000)
        #expect(harness.bodiesGot().isEmpty)
        let info = try harness.info("orders", "billing")
        #expect([info.parked, info.backlog, info.deferred, info.dead] == [1, 1, 0, 0])
    }

    @Test func `the answer travels with the redelivery, and failures begin anew`() throws {
        let harness = try harness { $0.maxFailures = 2 }
        try harness.put("a")
        try harness.settle(.nack, 1, delay: 0)
        try harness.settle(.park, 2)
        _ = harness.got(1)
        #expect(try harness.verdict(1) == .parked)
        try harness.resolve(1, .retry, note: "use the old price")
        let handed = try #require(harness.gotByAll().first)
        #expect(handed.got.attempt == 3)
        #expect(handed.note == "use the old price")
        #expect(handed.failures == 0)
        try harness.settle(.nack, 3)
        #expect(try harness.verdict(1) == .deferred)
    }

    @Test func `the answer survives a restart until it is delivered`() throws {
        let harness = try harness()
        try harness.put("a")
        try harness.settle(.park, 1)
        try harness.say(.unsubscribe(consumer: 1))
        try harness.resolve(1, .retry, note: "go on")
        try harness.crash()
        try harness.connect(1)
        try harness.serve()
        #expect(harness.gotByAll().map(\.note) == ["go on"])
    }

    @Test func `a person may say that it is handled`() throws {
        let harness = try harness()
        try harness.put("a")
        try harness.settle(.park, 1)
        try harness.resolve(1, .ack, note: "done by hand")
        let why = try harness.why(1)
        #expect(why.verdict == .handled)
        #expect(why.evidence.resolved == "ack")
        #expect(why.evidence.note == "done by hand")
        #expect(why.evidence.at == harness.now.wall)
        #expect(try harness.info("orders", "billing").backlog == 0)
        try harness.crash()
        #expect(try harness.why(1).evidence.resolved == "ack")
    }

    @Test func `a person may reject it`() throws {
        let harness = try harness()
        try harness.put("a")
        try harness.settle(.park, 1)
        try harness.resolve(1, .reject, note: "spam")
        #expect(try harness.why(1).evidence.reason == "rejected")
        #expect(try harness.bodies("$dead.orders.billing") == ["a"])
    }

    @Test(arguments: [Resolve.Decision.ack, .retry, .reject])
    func `what is settled or not there cannot be resolved`(_ decision: Resolve.Decision) throws {
        let harness = try harness()
        try harness.put("a")
        try harness.settle(.ack, 1)
        for offset in UInt64(0)...2 { try harness.resolve(offset, decision, answer: "ERR unknown-message") }
        try harness.put("b")
        try harness.settle(.park, 2)
        try harness.resolve(2, .ack)
        try harness.resolve(2, decision, answer: "ERR unknown-message")
    }

    @Test func `what nobody parked can be resolved: waiting, deferred, blocked`() throws {
        let harness = try BrokerHarness.account { $0.order = .key }
        try harness.put(keyed: "a1", "a2", "b3")
        try harness.resolve(3, .ack)
        #expect(try harness.verdict(3) == .handled)
        try harness.serve()
        try harness.settle(.nack, 1, delay: 60_000)
        #expect(try harness.verdicts(2) == [.deferred, .blocked])
        try harness.resolve(2, .ack)
        try harness.resolve(1, .retry)
        #expect(try harness.verdicts(2) == [.leased, .handled])
    }

    @Test func `what is leased is taken from its consumer`() throws {
        let harness = try harness()
        try harness.put("a")
        _ = harness.heard(1)
        try harness.send(
            1, .resolve(Resolve(topic: "orders", subscription: "billing", offset: 1, decision: .ack)))
        #expect(Set(harness.heard(1)) == ["OK", "LOST 1 1 resolved"])
        try harness.send(1, .settle(.ack, 1...1))
        #expect(harness.heard(1) == ["OK 0 lost=1"])
        #expect(try harness.verdict(1) == .handled)
    }

    @Test func `a retry of what was never delivered delivers it once, in its order`() throws {
        let harness = try BrokerHarness.account { $0.order = .all }
        try harness.put("a")
        try harness.put("b")
        try harness.resolve(2, .retry, note: "now")
        try harness.serve()
        #expect(harness.bodiesGot() == ["a"])
        try harness.settle(.ack, 1)
        #expect(harness.gotByAll().map(\.note) == ["now"])
        try harness.pass(1_000)
        #expect(harness.bodiesGot().isEmpty)
    }

    @Test func `a retry of what is blocked keeps the order`() throws {
        let harness = try harness { $0.order = .key }
        try harness.put(keyed: "a1", "a2")
        try harness.resolve(2, .retry)
        #expect(try harness.verdicts(2) == [.leased, .blocked])
        try harness.settle(.ack, 1)
        #expect(try harness.verdict(2) == .leased)
    }

    @Test func `nothing expires while it is parked, nor after a retry`() throws {
        let harness = try harness()
        try harness.put("a", ttl: 1_000)
        try harness.settle(.park, 1)
        try harness.pass(10_000)
        #expect(try harness.verdict(1) == .parked)
        try harness.resolve(1, .retry)
        #expect(try harness.verdict(1) == .leased)
        try harness.settle(.nack, 2, delay: 5_000)
        try harness.pass(5_000)
        #expect(try harness.verdict(1) == .leased)
    }

    @Test func `a park ends the row of uncounted returns`() throws {
        let harness = try harness { $0.maxDeliveries = 2 }
        try harness.put("a")
        try harness.settle(.release, 1)
        try harness.settle(.park, 2)
        try harness.resolve(1, .retry)
        try harness.settle(.release, 3)
        #expect(try harness.verdict(1) == .leased)
        try harness.settle(.release, 4)
        #expect(try harness.why(1).evidence.reason == "max-deliveries")
    }

    @Test func `what is parked stays so over a restart`() throws {
        let harness = try harness()
        try harness.put("a")
        try harness.settle(.park, 1, code: "unsure", note: "ask")
        let since = harness.now.wall
        try harness.restart(after: 60_000)
        let evidence = try harness.why(1).evidence
        #expect(evidence.since == since)
        #expect(evidence.code == "unsure")
        #expect(evidence.note == "ask")
        #expect(try harness.info("orders", "billing").parked == 1)
    }
}
