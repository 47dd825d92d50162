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
}
