// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// What happens is counted for those who watch over the broker.
struct CountsTests {
    private func survey(_ harness: BrokerHarness) throws -> Survey {
        guard case .survey(let survey)? = try harness.ask([.info(.survey(limit: 100, after: .start))]).first else {
            throw Refusal(.internal, "no survey")
        }
        return survey
    }

    @Test func `a value at a bound is in its bucket, and one past it in the next`() {
        var histogram = Histogram([5, 10])
        for value in [0, 5, 6, 10, 11] { histogram.add(UInt64(value)) }
        histogram.add(7, count: 3)
        histogram.add(8, count: 0)
        #expect(histogram.counts == [2, 5, 1])
        #expect(histogram.count == 8)
        #expect(histogram.sum == 53)
    }

    @Test func `deliveries, their times and their ends are counted`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .createSubscription(topic: "orders", name: "billing", from: .earliest, options: .init()))
        try harness.publish(1, "orders", "a", "b", "c", "d")
        try harness.pass(40)
        try harness.send(1, .sub(window: 10))
        try harness.pass(3_000)
        try harness.send(1, .settle(.ack, 1...2), .touch(Touch(consumer: 1, tags: [3...3])))
        try harness.pass(27_500)
        let before = try survey(harness)
        let counts = try #require(before.topics.first { $0.info.name == "orders" }?.subscriptions.first?.counts)
        #expect(counts.delivered == 4)
        #expect(counts.acked == 2)
        #expect(counts.timedOut == 1)
        #expect(counts.redelivered == 0)
        #expect(before.counts.extensions == 1)
        #expect(before.counts.queueWait.count == 4)
        #expect(before.counts.queueWait.sum == 160)
        #expect(before.counts.handling.sum == 6_000)
        #expect(before.counts.leaseUse.counts[1] == 2)
        try harness.pass(10_000)
        let after = try #require(
            try survey(harness).topics.first { $0.info.name == "orders" }?.subscriptions.first?.counts)
        #expect(after.redelivered == 1)
        #expect(after.delivered == 5)
    }

    @Test func `publishes that are repeats, refused or unseen are counted`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        var options = TopicOptions()
        options.maxMessages = 1
        try harness.send(1, .createTopic(name: "orders", options: options))
        try harness.publish(1, "orders", "a", id: "1")
        try harness.publish(1, "orders", "a", id: "1")
        try harness.publish(1, "orders", "b", id: "1")
        try harness.send(1, .createSubscription(topic: "orders", name: "billing", from: .earliest, options: .init()))
        try harness.publish(1, "orders", "c")
        let counts = try survey(harness).counts
        #expect(counts.duplicates == 1)
        #expect(counts.refused == [.idConflict: 1, .full: 1])
        #expect(counts.unseen == 1)
    }

    private func billing(_ harness: BrokerHarness) throws -> Survey.Subscription {
        try #require(
            try survey(harness).topics.first { $0.info.name == "orders" }?.subscriptions.first {
                $0.info.name == "billing"
            })
    }

    @Test func `what is delivered again is counted by why it came back`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 10))
        try harness.connect(2)
        try harness.publish(2, "orders", "a", "b", "c", "d", "e")
        try harness.send(
            1, .settle(.nack, 1...1, delay: 0), .settle(.release, 2...2), .settle(.park, 3...3),
            .settle(.reject, 4...4))
        try harness.send(
            2, .resolve(Resolve(topic: "orders", subscription: "billing", offset: 3, decision: .retry, note: "")),
            .redrive(Redrive(topic: "orders", subscription: "billing")))
        try harness.pass(1_000)
        try harness.pass(29_500)
        try harness.pass(10_000)
        try harness.disconnect(1)
        try harness.connect(3)
        try harness.send(3, .sub(window: 1))
        let counts = try billing(harness).counts
        let reasons = zip(ReturnReason.allCases, counts.redeliveries).filter { $1 > 0 }.map { "\($0) \($1)" }
        #expect(
            reasons == ["nack 1", "timeout 4", "disconnect 1", "release 1", "resolve 1", "redrive 1"])
        #expect(counts.redelivered == 9)
    }

    @Test func `the backlog has bytes, held keys are counted, and the oldest dead letter has an age`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 10) { $0.order = .key })
        let before = try billing(harness)
        #expect(before.backlogBytes == 0 && before.blockedKeys == 0 && before.oldestDead == nil)
        try harness.publish(1, "orders", "a", "b", key: "k")
        try harness.publish(1, "orders", "c", key: "other")
        let held = try billing(harness)
        #expect(held.blockedKeys == 1)
        let topic = try #require(try survey(harness).topics.first { $0.info.name == "orders" })
        #expect(held.backlogBytes == topic.info.bytes && topic.info.bytes > 0)
        try harness.pass(2_000)
        let died = harness.now.wall
        try harness.send(1, .settle(.reject, 1...1))
        try harness.pass(1_000)
        let after = try billing(harness)
        #expect(after.blockedKeys == 0)
        #expect(after.oldestDead == died)
        try harness.send(1, .settle(.reject, 2...2), .settle(.ack, 3...3))
        var redrive = Redrive(topic: "orders", subscription: "billing")
        redrive.limit = 1
        try harness.send(1, .redrive(redrive))
        try harness.pass(1_000)
        #expect(try billing(harness).oldestDead == died + 1_000)
    }

    @Test func `how much there is now is told with the last part of a survey`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.publish(1, "orders", "a", id: "1")
        try harness.send(
            1, .publish(TimedPublish(topic: "orders", schedule: .delay(5_000))),
            .expect(Expect(process: Array("p".utf8), topic: "orders", within: 60_000)))
        let levels = try #require(try survey(harness).levels)
        #expect(levels.ids == 1)
        #expect(levels.timers > 0)
        #expect(levels.stored?.scheduled == 1)
        #expect(levels.stored?.expectations == 1)
        #expect(levels.stored?.receipts == 0)
        guard case .survey(let part)? = try harness.ask([.info(.survey(limit: 1, after: .start))]).first else { return }
        #expect(part.next != nil && part.levels == nil)
        try harness.pass(5_300)
        let late = try survey(harness)
        #expect(late.levels?.stored?.scheduled == 0)
        #expect(late.counts.lateness.count == 1)
        #expect(late.counts.lateness.sum == 300)
    }

    @Test func `commands that are refused are counted by why, and versions that were not met`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        let set = Command.set(SetRecord(space: "s", key: Array("k".utf8), expected: .exactly(7), value: []))
        try harness.send(1, set, .unsubscribe(consumer: 9), .peek(topic: "none", offset: 1, limit: 1))
        try harness.send(1, .begin(id: nil, refusal: nil), set, .commit)
        let counts = try survey(harness).counts
        #expect(counts.refusals == [.version: 1, .unknownConsumer: 1, .unknownTopic: 1, .tx: 1])
        #expect(counts.conflicts == 2)
        #expect(counts.refused == [:])
    }

    @Test func `a delivery that tells of an earlier outcome is counted`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 10))
        try harness.publish(1, "orders", "a", id: "1")
        try harness.send(
            1, .receipt(WriteReceipt(consumer: 1, key: Array("1".utf8), outcome: "done")),
            .settle(.release, 1...1))
        #expect(try survey(harness).counts.receiptHits == 1)
    }
}
