// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// What becomes of a redrive, and of what it gave back, when messages go away meanwhile (semantics 4).
struct RedriveEndTests {
    private static let deadLetters = "$dead.orders.billing"
    private static let done = "$sys.redrive.done"
    private static let lost = "$sys.message.lost"

    private func reject(_ harness: BrokerHarness, _ count: Int) throws {
        try harness.serve(window: count)
        for tag in 1...UInt64(count) { try harness.settle(.reject, tag) }
        try harness.say(.unsubscribe(consumer: 1))
        _ = harness.got(1)
    }

    private func redrive(_ harness: BrokerHarness, rate: Int = 100, answer: String) throws {
        var request = Redrive(topic: "orders", subscription: "billing")
        request.rate = rate
        try harness.say(.redrive(request), answer: answer)
    }

    @Test func `it ends when the topic of the dead letters is deleted, and says so`() throws {
        let harness = try BrokerHarness.account()
        for number in 1...5 { try harness.put("m\(number)") }
        try reject(harness, 5)
        try redrive(harness, rate: 1, answer: "OK 5")
        try harness.pass(1_000)
        try harness.say(.deleteTopic(name: Self.deadLetters))
        try harness.pass(1_000)
        #expect(try harness.info("orders", "billing").redrive == nil)
        let told = try harness.bodies(Self.done)
        #expect(told.count == 1)
        #expect(told.first?.contains("\"stopped\":true") == true)
        // What dies from now on is another redrive's.
        try redrive(harness, answer: "OK 0")
        try harness.crash()
        #expect(try harness.info("orders", "billing").redrive == nil)
        #expect(try harness.verdict(5) == .dead)
    }

    /// A broker whose topic keeps two messages, the first of which was redriven and is not settled.
    private func dropping() throws -> BrokerHarness {
        var topic = TopicOptions()
        (topic.maxMessages, topic.unsettled) = (2, .drop)
        let harness = try BrokerHarness.account(topic: topic)
        try harness.put("a")
        try reject(harness, 1)
        try redrive(harness, answer: "OK 1")
        try harness.pass(1_000)
        #expect(try harness.verdict(1) == .waiting)
        return harness
    }

    @Test func `what was redriven and is dropped is announced as lost`() throws {
        let harness = try dropping()
        for body in ["b", "c", "d"] { try harness.put(body) }
        try harness.pass(1_000)
        #expect(try harness.verdict(1) == .lostToRetention)
        let told = try harness.bodies(Self.lost)
        #expect(told.contains { $0.contains("\"offset\":1,") && $0.contains("\"subscription\":\"billing\"") })
        #expect(try harness.info("orders", "billing").backlog == 2)
    }

    @Test func `what is purged is not announced`() throws {
        let harness = try dropping()
        try harness.say(.purge(topic: "orders", before: nil))
        #expect(try harness.why(1).evidence.purged == true)
        #expect(try harness.bodies(Self.lost).isEmpty)
    }

    @Test func `what came back, expired and is redriven comes once and is not over again`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(1, "orders", "billing", window: 1) { $0.onExpire = .dead })
        try harness.send(1, .publish(TimedPublish(topic: "orders", ttl: 2_000)))
        try harness.disconnect(1)
        try harness.pass(2_500)
        try harness.connect(2)
        try harness.send(2, .redrive(Redrive(topic: "orders", subscription: "billing")))
        try harness.pass(1_000)
        try harness.send(2, .sub(1, "orders", "billing", window: 10) { $0.onExpire = .dead })
        #expect(harness.got(2).map(\.offset) == [1])
        #expect(try harness.info("orders", "billing").dead == 0)
    }
}
