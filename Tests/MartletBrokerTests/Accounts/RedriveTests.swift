// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Dead letters are given back to the subscription for which they died (semantics 4).
struct RedriveTests {
    private static let deadLetters = "$dead.orders.billing"

    /// A broker with so many dead letters, their ids 'o-1' and so on, and no consumer.
    private func harness(
        dead count: Int, _ change: (inout SubscriptionOptions) -> Void = { _ in }
    ) throws -> BrokerHarness {
        let harness = try BrokerHarness.account(change)
        for number in 1...count { try harness.put("m\(number)", key: "k\(number)", id: "o-\(number)") }
        try harness.serve(window: count)
        for tag in 1...UInt64(count) {
            try harness.settle(.reject, tag, code: tag % 2 == 1 ? "odd" : "even")
            try harness.pass(1)
        }
        try harness.say(.unsubscribe(consumer: 1))
        _ = harness.got(1)
        return harness
    }

    private func redrive(
        _ harness: BrokerHarness, answer: String, _ change: (inout Redrive) -> Void = { _ in }
    ) throws {
        var request = Redrive(topic: "orders", subscription: "billing")
        change(&request)
        try harness.say(.redrive(request), answer: answer)
    }

    /// Lets seconds pass, one by one.
    private func pass(seconds: Int, _ harness: BrokerHarness) throws {
        for _ in 1...seconds { try harness.pass(1_000) }
    }

    private func isDead(_ harness: BrokerHarness, _ count: UInt64) throws -> [Bool] {
        try harness.verdicts(count).map { $0 == .dead }
    }

    @Test func `what died is unsettled again, for this subscription only, and its copy is gone`() throws {
        let harness = try harness(dead: 2)
        try harness.say(
            .createSubscription(topic: "orders", name: "audit", from: .earliest, options: SubscriptionOptions()))
        try harness.serve(2, "orders", "audit")
        _ = harness.got(1)
        try redrive(harness, answer: "OK 2")
        try harness.pass(1_000)
        #expect(try harness.verdicts(2) == [.waiting, .waiting])
        #expect(try harness.bodies(Self.deadLetters).isEmpty)
        #expect(try harness.info("orders", "billing").backlog == 2)
        #expect(harness.got(1).isEmpty)
        try harness.serve()
        #expect(harness.got(1).map(\.offset) == [1, 2])
    }

    @Test func `the failures begin anew`() throws {
        let harness = try BrokerHarness.account { $0.maxFailures = 2 }
        try harness.serve()
        try harness.put("a")
        try harness.settle(.nack, 1, delay: 0)
        try harness.settle(.nack, 2)
        #expect(try harness.verdict(1) == .dead)
        try redrive(harness, answer: "OK 1")
        try harness.pass(1_000)
        #expect(try harness.verdict(1) == .leased)
        try harness.settle(.nack, 3, delay: 0)
        #expect(try harness.verdict(1) == .leased)
        try harness.settle(.nack, 4)
        #expect(try harness.why(1).evidence.reason == "max-failures")
        #expect(try harness.bodies(Self.deadLetters) == ["a"])
    }

    @Test func `a dry run only counts`() throws {
        let harness = try harness(dead: 3)
        try redrive(harness, answer: "OK 3") { $0.isDryRun = true }
        try harness.pass(5_000)
        #expect(try harness.verdicts(3) == [.dead, .dead, .dead])
    }

    @Test func `only what is meant comes back: by id, code, key, reason`() throws {
        let harness = try harness(dead: 4)
        try redrive(harness, answer: "OK 1") { $0.filter.id = Array("o-2".utf8) }
        try harness.pass(1_000)
        #expect(try isDead(harness, 4) == [true, false, true, true])
        try redrive(harness, answer: "OK 2") { $0.filter.code = "odd" }
        try harness.pass(1_000)
        #expect(try isDead(harness, 4) == [false, false, false, true])
        try redrive(harness, answer: "OK 0") { $0.filter.key = Array("k1".utf8) }
        try redrive(harness, answer: "OK 0") { $0.filter.reason = "max-failures" }
        try redrive(harness, answer: "OK 1") { request in
            request.filter.key = Array("k4".utf8)
            request.filter.reason = "rejected"
        }
        try harness.pass(1_000)
        #expect(try isDead(harness, 4) == [false, false, false, false])
    }

    @Test func `the time of death counts from since on and before until`() throws {
        let harness = try harness(dead: 4)
        let deaths = try (1...4).compactMap { try harness.why($0).evidence.at }
        try #require(deaths.count == 4)
        try redrive(harness, answer: "OK 2") { request in
            request.filter.since = deaths[1]
            request.filter.until = deaths[3]
        }
        try harness.pass(1_000)
        #expect(try isDead(harness, 4) == [true, false, false, true])
    }

    @Test func `the oldest deaths go first, as many as the limit says`() throws {
        let harness = try harness(dead: 3)
        try redrive(harness, answer: "OK 2") { $0.limit = 2 }
        try harness.pass(1_000)
        #expect(try isDead(harness, 3) == [false, false, true])
    }

    @Test func `the rate holds`() throws {
        let harness = try harness(dead: 5)
        try redrive(harness, answer: "OK 5") { $0.rate = 1 }
        try pass(seconds: 2, harness)
        let soon = try isDead(harness, 5).count { !$0 }
        #expect((1...3).contains(soon))
        try pass(seconds: 4, harness)
        #expect(try isDead(harness, 5).allSatisfy { !$0 })
    }

    @Test func `one job runs at a time, and can be stopped`() throws {
        let harness = try harness(dead: 5)
        try redrive(harness, answer: "OK 5") { $0.rate = 1 }
        try redrive(harness, answer: "ERR conflict")
        let left = try isDead(harness, 5).count { $0 }
        try harness.say(.stopRedrive(topic: "orders", name: "billing"), answer: "OK \(left)")
        try pass(seconds: 10, harness)
        #expect(try isDead(harness, 5).count { $0 } == left)
        try redrive(harness, answer: "OK \(left)")
        try pass(seconds: 10, harness)
        #expect(try isDead(harness, 5).allSatisfy { !$0 })
    }

    @Test func `a job survives a restart`() throws {
        let harness = try harness(dead: 5)
        try redrive(harness, answer: "OK 5") { $0.rate = 1 }
        try harness.crash()
        try harness.connect(1)
        try redrive(harness, answer: "ERR conflict")
        try pass(seconds: 10, harness)
        #expect(try isDead(harness, 5).allSatisfy { !$0 })
        #expect(try harness.bodies(Self.deadLetters).isEmpty)
    }

    @Test func `it stops when half of the last 20 die again, and not before`() throws {
        for (dying, isStopped) in [(10, true), (9, false)] {
            let harness = try harness(dead: 30)
            try harness.serve(window: 30)
            try redrive(harness, answer: "OK 30") { $0.rate = 1 }
            var seen = 0
            for _ in 1...60 {
                for got in harness.got(1) {
                    seen += 1
                    // Of any 20 in a row as many die, those that come first among them.
                    let dies = (seen - 1) % 20 < dying
                    try harness.send(1, .settle(dies ? .reject : .ack, got.tag...got.tag))
                }
                try harness.pass(1_000)
            }
            #expect(isStopped ? seen < 30 : seen == 30)
        }
    }

    @Test func `key order holds`() throws {
        let harness = try BrokerHarness.account { $0.order = .key }
        try harness.serve()
        try harness.put(keyed: "a1", "a2", "a3")
        try harness.settle(.reject, 1)
        #expect(try harness.verdicts(3) == [.dead, .leased, .blocked])
        try redrive(harness, answer: "OK 1")
        try harness.pass(1_000)
        #expect(try harness.verdicts(3) == [.blocked, .leased, .blocked])
        _ = harness.got(1)
        try harness.settle(.ack, 2)
        #expect(harness.bodiesGot() == ["a1"])
        #expect(try harness.verdicts(3) == [.leased, .handled, .blocked])
    }

    @Test func `the time to live no longer counts`() throws {
        let harness = try BrokerHarness.account { $0.onExpire = .dead }
        try harness.put("a", ttl: 1_000)
        try harness.pass(2_000)
        #expect(try harness.why(1).evidence.reason == "expired")
        try redrive(harness, answer: "OK 1")
        try harness.pass(5_000)
        #expect(try harness.verdict(1) == .waiting)
        try harness.serve()
        #expect(harness.bodiesGot() == ["a"])
    }

    @Test func `what is gone from the log is delivered from its copy, under its old offset`() throws {
        let harness = try harness(dead: 2)
        try harness.say(.purge(topic: "orders", before: nil))
        try redrive(harness, answer: "OK 2")
        try harness.pass(1_000)
        try harness.serve()
        let got = harness.got(1)
        #expect(got.map(\.offset) == [1, 2])
        #expect(got.map(\.body) == ["m1", "m2"])
        #expect(try harness.verdicts(2) == [.leased, .leased])
    }

    @Test func `what dies again is a dead letter again`() throws {
        let harness = try harness(dead: 1)
        try redrive(harness, answer: "OK 1")
        try harness.pass(1_000)
        try harness.serve()
        let tag = try #require(harness.got(1).first?.tag)
        try harness.settle(.reject, tag)
        #expect(try harness.verdict(1) == .dead)
        #expect(try harness.bodies(Self.deadLetters) == ["m1"])
        #expect(try harness.why(1).evidence.offset == 2)
        try redrive(harness, answer: "OK 1")
    }

    @Test func `a copy that a consumer of the dead letters holds is taken from it`() throws {
        let harness = try harness(dead: 1)
        try harness.connect(2)
        try harness.send(2, .sub(1, Self.deadLetters, "people"))
        #expect(harness.got(2).count == 1)
        _ = harness.heard(2)
        try redrive(harness, answer: "OK 1")
        try harness.pass(1_000)
        #expect(harness.heard(2) == ["LOST 1 1 redriven"])
    }

    @Test func `what is not there is not redriven`() throws {
        let harness = try BrokerHarness.account()
        try redrive(harness, answer: "OK 0")
        try redrive(harness, answer: "ERR unknown-subscription") { $0.subscription = "nobody" }
        try redrive(harness, answer: "ERR unknown-topic") { $0.topic = "nothing" }
    }
}
