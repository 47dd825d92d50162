// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Every message has exactly one verdict, with its evidence (semantics 7).
struct VerdictTests {
    @Test func `what was acked is handled`() throws {
        let harness = try BrokerHarness.account()
        try harness.serve()
        try harness.put("a")
        try harness.settle(.ack, 1)
        let why = try harness.why(1)
        #expect(why.verdict == .handled)
        #expect(why.topic == "orders")
        #expect(why.offset == 1)
        #expect(why.subscription == "billing")
        #expect(!why.next.isEmpty)
    }

    @Test func `what a consumer has is leased, with what its handler says, until the lease runs out`() throws {
        let harness = try BrokerHarness.account { $0.lease = 5_000 }
        try harness.serve()
        try harness.put("a")
        let start = harness.now.wall
        var evidence = try harness.why(1).evidence
        #expect(evidence.consumer == "client-1/1")
        #expect(evidence.until == start + 5_000)
        #expect(evidence.attempt == 1)
        #expect(evidence.progress == nil)
        try harness.pass(1_000)
        try harness.say(
            .touch(Touch(consumer: 1, tags: [1...1], extend: 6_000, progress: 40, note: "calling model")),
            answer: "OK 1 until=\(start + 7_000)")
        evidence = try harness.why(1).evidence
        #expect(evidence.until == start + 7_000)
        #expect(evidence.progress == 40)
        #expect(evidence.note == "calling model")
        try harness.pass(5_999)
        #expect(try harness.verdict(1) == .leased)
        try harness.pass(1)
        #expect(try harness.verdict(1) == .deferred)
    }

    @Test func `what nobody can take waits, and says for what`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a")
        try harness.put("b")
        #expect(try harness.verdicts(2) == [.waiting, .waiting])
        #expect(try harness.why(2).evidence.reason == "no-consumer")
        try harness.serve(window: 1)
        #expect(try harness.verdicts(2) == [.leased, .waiting])
        #expect(try harness.why(2).evidence.reason == "no-window")
        try harness.say(.pause(topic: "orders", name: "billing", duration: nil))
        #expect(try harness.why(2).evidence.reason == "paused")
        try harness.say(.unsubscribe(consumer: 1))
        #expect(try harness.verdicts(2) == [.waiting, .waiting])
        #expect(try harness.why(2).evidence.reason == "paused")
    }

    @Test func `a window of none is no window`() throws {
        let harness = try BrokerHarness.account()
        try harness.serve(window: 0)
        try harness.put("a")
        #expect(try harness.why(1).evidence.reason == "no-window")
        try harness.say(.window(consumer: 1, window: 1))
        #expect(try harness.verdict(1) == .leased)
    }

    @Test func `what failed is deferred, with its last error, and waits when its time has come`() throws {
        let harness = try BrokerHarness.account { $0.maxFailures = 7 }
        try harness.serve()
        try harness.put("a")
        try harness.settle(.nack, 1, delay: 2_000, code: "E42", note: "no answer")
        let why = try harness.why(1)
        #expect(why.verdict == .deferred)
        #expect(why.evidence.until == harness.now.wall + 2_000)
        #expect(why.evidence.deliveries == 1)
        #expect(why.evidence.failures == 1)
        #expect(why.evidence.maxFailures == 7)
        #expect(why.evidence.code == "E42")
        #expect(why.evidence.note == "no answer")
        try harness.say(.unsubscribe(consumer: 1))
        try harness.pass(1_999)
        #expect(try harness.verdict(1) == .deferred)
        try harness.pass(1)
        #expect(try harness.verdict(1) == .waiting)
    }

    @Test func `what stands behind a held key is blocked by the one that holds it`() throws {
        let harness = try BrokerHarness.account { $0.order = .key }
        try harness.serve()
        try harness.put(keyed: "a1", "a2", "a3", "b1")
        #expect(try harness.verdicts(4) == [.leased, .blocked, .blocked, .leased])
        let evidence = try harness.why(3).evidence
        #expect(evidence.key == Array("a".utf8))
        #expect(evidence.heldBy == 1)
        #expect(evidence.verdict == .leased)
        try harness.settle(.nack, 1)
        #expect(try harness.why(2).evidence.verdict == .deferred)
    }

    @Test func `what the filter does not pass is filtered`() throws {
        let harness = try BrokerHarness.account { $0.filter = Filter(keyPrefix: Array("b".utf8)) }
        try harness.put(keyed: "a1", "b1")
        #expect(try harness.verdicts(2) == [.filtered, .waiting])
    }

    @Test func `what lies before the beginning is before-start`() throws {
        let harness = try BrokerHarness.account()
        for body in ["a", "b", "c"] { try harness.put(body) }
        try harness.say(
            .createSubscription(topic: "orders", name: "late", from: .offset(3), options: SubscriptionOptions()),
            .createSubscription(topic: "orders", name: "newest", from: .new, options: SubscriptionOptions()))
        try harness.put("d")
        #expect(try harness.verdicts(4, "late") == [.beforeStart, .beforeStart, .waiting, .waiting])
        #expect(try harness.verdicts(4, "newest") == [.beforeStart, .beforeStart, .beforeStart, .waiting])
    }

    @Test func `what is to come is scheduled, without an offset, and then waits`() throws {
        let harness = try BrokerHarness.account()
        let due = harness.now.wall + 5_000
        #expect(try harness.put("a", id: "o-1", .delay(5_000)) == "OK 0 due=\(due)")
        let why = try #require(try harness.why(id: "o-1").first)
        #expect(why.verdict == .scheduled)
        #expect(why.offset == 0)
        #expect(why.evidence.due == due)
        #expect(try harness.why(id: "o-1", "billing").map(\.verdict) == [.scheduled])
        try harness.pass(5_000)
        #expect(try harness.why(id: "o-1", "billing").map(\.verdict) == [.waiting])
        #expect(try harness.why(id: "o-1", "billing").map(\.offset) == [1])
    }

    @Test func `what is over is expired, with and without consumers`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", ttl: 2_000)
        try harness.pass(1_999)
        #expect(try harness.verdict(1) == .waiting)
        try harness.pass(1_001)
        #expect(try harness.verdict(1) == .expired)
    }

    @Test func `what was purged or dropped unsettled is lost, and what was handled stays so`() throws {
        let harness = try BrokerHarness.account()
        try harness.serve(window: 1)
        for body in ["a", "b", "c"] { try harness.put(body) }
        try harness.settle(.ack, 1)
        try harness.say(.unsubscribe(consumer: 1), .purge(topic: "orders", before: 3))
        #expect(try harness.verdicts(3) == [.handled, .lostToRetention, .waiting])
        let evidence = try harness.why(2).evidence
        #expect(evidence.purged == true)
        #expect(evidence.by?.hasPrefix("client-1") == true)
        #expect(evidence.at == harness.now.wall)
    }

    @Test func `what the limits dropped was not purged`() throws {
        var options = TopicOptions()
        (options.maxMessages, options.unsettled) = (2, .drop)
        let harness = try BrokerHarness.account(topic: options)
        for body in ["a", "b", "c"] { try harness.put(body) }
        try harness.pass(1_000)
        #expect(try harness.verdicts(3) == [.lostToRetention, .waiting, .waiting])
        #expect(try harness.why(1).evidence.purged != true)
    }

    @Test func `what died is dead, and says where its copy lies`() throws {
        let harness = try BrokerHarness.account()
        try harness.serve()
        try harness.put("a")
        try harness.settle(.reject, 1, code: "bad")
        let why = try harness.why(1)
        #expect(why.verdict == .dead)
        #expect(why.evidence.reason == "rejected")
        #expect(why.evidence.topic == "$dead.orders.billing")
        #expect(why.evidence.offset == 1)
        #expect(why.evidence.at == harness.now.wall)
    }

    @Test func `what waits for a person is parked`() throws {
        let harness = try BrokerHarness.account()
        try harness.serve()
        try harness.put("a")
        try harness.settle(.park, 1, code: "unsure", note: "which customer?")
        let why = try harness.why(1)
        #expect(why.verdict == .parked)
        #expect(why.evidence.since == harness.now.wall)
        #expect(why.evidence.code == "unsure")
        #expect(why.evidence.note == "which customer?")
        #expect(why.evidence.consumer == "client-1/1")
    }

    @Test func `what is not there is not found: before the first, behind the last, and by an id of none`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", id: "o-1")
        #expect(try harness.verdict(0) == .notFound)
        #expect(try harness.verdict(1) == .waiting)
        #expect(try harness.verdict(2) == .notFound)
        #expect(try harness.why(id: "o-1").map(\.verdict) == [.waiting])
        #expect(try harness.why(id: "o-2").map(\.verdict) == [.notFound])
    }

    @Test func `the id of what was purged or cancelled is not found`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", id: "o-1")
        try harness.put("b", id: "o-2", .delay(1_000))
        try harness.say(.purge(topic: "orders", before: 2), .cancel(topic: "orders", id: Array("o-2".utf8)))
        #expect(try harness.why(id: "o-1").map(\.verdict) == [.notFound])
        #expect(try harness.why(id: "o-2").map(\.verdict) == [.notFound])
    }

    @Test func `without a subscription all are told, and without any one that says so`() throws {
        let harness = try BrokerHarness.account()
        try harness.say(
            .createSubscription(topic: "orders", name: "audit", from: .new, options: SubscriptionOptions()),
            .createTopic(name: "news", options: TopicOptions()))
        try harness.put("a")
        try harness.put("b", to: "news")
        let all = try harness.broker.explain(.offset(1), topic: "orders", subscription: nil)
        #expect(all.compactMap(\.subscription).sorted() == ["audit", "billing"])
        #expect(all.map(\.verdict) == [.waiting, .waiting])
        let none = try harness.broker.explain(.offset(1), topic: "news", subscription: nil)
        #expect(none.map(\.verdict) == [.waiting])
        #expect(none.map(\.subscription) == [nil])
        let missing = try harness.broker.explain(.offset(2), topic: "news", subscription: nil)
        #expect(missing.map(\.verdict) == [.notFound])
    }

    @Test func `an unknown topic or subscription is an error`() throws {
        let harness = try BrokerHarness.account()
        let topic = #expect(throws: Refusal.self) { try harness.why(1, topic: "nothing") }
        #expect(topic?.code == .unknownTopic)
        let subscription = #expect(throws: Refusal.self) { try harness.why(1, "nothing") }
        #expect(subscription?.code == .unknownSubscription)
    }

    @Test func `every ending is known after a restart`() throws {
        let harness = try BrokerHarness.account { $0.filter = Filter(keyPrefix: Array("b".utf8)) }
        try harness.serve()
        try harness.put(keyed: "b1", "b2", "b3", "b4", "a5")
        try harness.put("b6", key: "b", ttl: 40_000)
        try harness.settle(.ack, 1)
        try harness.settle(.reject, 2)
        try harness.settle(.park, 3)
        try harness.settle(.nack, 4, delay: 60_000)
        try harness.settle(.release, 5, delay: 60_000)
        try harness.pass(41_000)
        let expected: [Verdict] = [.handled, .dead, .parked, .deferred, .filtered, .expired]
        #expect(try harness.verdicts(6) == expected)
        try harness.crash()
        #expect(try harness.verdicts(6) == expected)
        #expect(try harness.why(2).evidence.reason == "rejected")
    }
}
