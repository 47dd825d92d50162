// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// What becomes of a message that would be a dead letter (semantics 2, 3).
struct PoisonTests {
    private func harness(
        _ onPoison: OnPoison, _ change: (inout SubscriptionOptions) -> Void = { _ in }
    ) throws -> BrokerHarness {
        let harness = try BrokerHarness.account { options in
            options.onPoison = onPoison
            options.maxFailures = 2
            options.order = .key
            change(&options)
        }
        try harness.serve()
        try harness.put(keyed: "a1", "a2")
        return harness
    }

    @Test func `the last failure but one defers, and the last makes a dead letter`() throws {
        let harness = try harness(.dead)
        try harness.settle(.nack, 1, delay: 0)
        #expect(try harness.verdict(1) == .leased)
        try harness.settle(.nack, 2)
        #expect(try harness.verdicts(2) == [.dead, .leased])
        #expect(try harness.why(1).evidence.reason == "max-failures")
    }

    @Test func `the last failure parks, and the key stays held`() throws {
        let harness = try harness(.park)
        try harness.settle(.nack, 1, delay: 0, code: "one")
        try harness.settle(.nack, 2, code: "two", note: "again")
        #expect(try harness.verdicts(2) == [.parked, .blocked])
        #expect(try harness.why(1).evidence.code == "two")
        #expect(try harness.why(1).evidence.note == "again")
        #expect(try harness.info("orders", "billing").dead == 0)
        #expect(try harness.info("orders", "billing").parked == 1)
    }

    @Test func `a reject parks too, and a lease that runs out for the last time`() throws {
        var harness = try harness(.park)
        try harness.settle(.reject, 1, code: "bad")
        #expect(try harness.verdict(1) == .parked)
        harness = try self.harness(.park) { $0.maxFailures = 1 }
        try harness.pass(30_000)
        #expect(try harness.verdict(1) == .parked)
    }

    @Test func `too many returns park too`() throws {
        let harness = try harness(.park) { $0.maxDeliveries = 2 }
        try harness.settle(.release, 1)
        #expect(try harness.verdict(1) == .leased)
        try harness.settle(.release, 2)
        #expect(try harness.verdict(1) == .parked)
    }

    @Test func `what expires is no poison: it is a dead letter or just over`() throws {
        let harness = try harness(.park) { $0.onExpire = .dead }
        try harness.put("b1", key: "b", ttl: 40_000)
        try harness.say(.unsubscribe(consumer: 1))
        try harness.pass(41_000)
        #expect(try harness.verdict(3) == .dead)
        #expect(try harness.why(3).evidence.reason == "expired")
    }

    @Test func `a person's reject makes the dead letter in any case`() throws {
        let harness = try harness(.park)
        try harness.settle(.reject, 1)
        try harness.resolve(1, .reject, note: "no such customer")
        #expect(try harness.verdicts(2) == [.dead, .leased])
        #expect(try harness.why(1).evidence.reason == "rejected")
        #expect(try harness.bodies("$dead.orders.billing") == ["a1"])
    }

    @Test func `a parked poison that is tried again begins anew`() throws {
        let harness = try harness(.park)
        try harness.settle(.nack, 1, delay: 0)
        try harness.settle(.nack, 2)
        try harness.resolve(1, .retry, note: "mended")
        #expect(try harness.verdict(1) == .leased)
        #expect(try harness.why(1).evidence.attempt == 3)
        try harness.settle(.nack, 3)
        #expect(try harness.verdict(1) == .deferred)
        #expect(try harness.why(1).evidence.failures == 1)
    }
}
