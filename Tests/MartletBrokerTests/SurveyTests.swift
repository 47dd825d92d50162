// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Everything is looked at in parts, and deliveries under way are told one by one.
struct SurveyTests {
    /// All parts of a survey, one after another.
    private func survey(_ harness: BrokerHarness, limit: Int) throws -> [Survey] {
        var parts: [Survey] = []
        var place: SurveyPlace? = .start
        while let after = place, parts.count < 100 {
            guard case .survey(let part)? = try harness.ask([.info(.survey(limit: limit, after: after))]).first else {
                Issue.record("no survey")
                break
            }
            parts.append(part)
            place = part.next
        }
        return parts
    }

    @Test(arguments: [1, 2, 3, 4, 100])
    func `parts of any size tell every topic and every subscription once`(limit: Int) throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        for topic in ["b", "a", "gone", "c"] {
            try harness.send(1, .createTopic(name: topic, options: TopicOptions()))
            for name in ["two", "one", "three"] where topic != "c" {
                try harness.send(1, .createSubscription(topic: topic, name: name, from: .earliest, options: .init()))
            }
        }
        try harness.send(1, .deleteTopic(name: "gone"), .deleteSubscription(topic: "b", name: "one"))
        let topics = try survey(harness, limit: limit).flatMap(\.topics)
        let subscriptions = topics.flatMap(\.subscriptions).map { "\($0.info.topic)/\($0.info.name)" }
        #expect(subscriptions.sorted() == ["a/one", "a/three", "a/two", "b/three", "b/two"])
        #expect(Set(topics.map(\.info.name)) == ["a", "b", "c"])
        for part in try survey(harness, limit: limit) {
            #expect(part.topics.reduce(0) { $0 + max(1, $1.subscriptions.count) } <= max(limit, 1))
        }
    }

    @Test func `the oldest message that is not settled is told with its time`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 10))
        try harness.publish(1, "orders", "a")
        let second = harness.now.wall + 5_000
        try harness.pass(5_000)
        try harness.publish(1, "orders", "b")
        try harness.send(1, .settle(.ack, 1...1))
        let topic = try #require(try survey(harness, limit: 100).flatMap(\.topics).first { $0.info.name == "orders" })
        #expect(topic.published == 2)
        #expect(topic.subscriptions.first?.oldest == Survey.Oldest(offset: 2, time: second))
        try harness.send(1, .settle(.ack, 2...2))
        #expect(
            try survey(harness, limit: 100).flatMap(\.topics).flatMap(\.subscriptions).allSatisfy { $0.oldest == nil })
    }

    @Test func `deliveries under way are told in order with what their handlers say`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 100))
        try harness.publish(1, "orders", (1...20).map { "\($0)" })
        try harness.pass(1_000)
        try harness.send(1, .touch(Touch(consumer: 1, tags: [3...3], extend: 60_000, progress: 40, note: "half")))
        func leases(_ limit: Int, _ after: UInt64) throws -> [LeaseInfo] {
            let question = Command.info(.leases(topic: "orders", name: "billing", limit: limit, after: after))
            guard case .leases(let leases)? = try harness.ask([question]).first else { return [] }
            return leases
        }
        let some = try leases(3, 1)
        #expect(some.map(\.offset) == [2, 3, 4])
        #expect(some[1].progress == 40)
        #expect(some[1].note == "half")
        #expect(some[1].until == harness.now.wall + 60_000)
        #expect(some[0].since == harness.now.wall - 1_000)
        #expect(some[0].until == harness.now.wall + 29_000)
        #expect(some[0].consumer == "client-1/1")
        #expect(try leases(1_000, 0).map(\.offset) == Array(1...20))
        #expect(try leases(1, 19).map(\.offset) == [20])
        #expect(try leases(1, 20).isEmpty)
    }
}
