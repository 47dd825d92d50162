// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

/// What the core tells the people who run it.
struct NoticeTests {
    @Test func `rows of the store that are damaged are told once`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        harness.store.damagedRows = 2
        try harness.send(1, .ping)
        let text = "2 rows about returned messages; none of the messages is lost"
        #expect(harness.broker.takeNotices() == [.damagedRow(text)])
        try harness.send(1, .ping)
        #expect(harness.broker.takeNotices() == [])
    }

    private func harness(window: Int? = nil) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: window))
        #expect(harness.broker.takeNotices() == [])
        return harness
    }

    @Test func `a dead letter is told with its place, reason and failures`() throws {
        let harness = try harness()
        try harness.publish(1, "orders", "a", "b")
        try harness.send(1, .settle(.reject, 2...2))
        #expect(
            harness.broker.takeNotices() == [
                .deadLetter(topic: "orders", subscription: "billing", offset: 2, reason: "rejected", failures: 1)
            ])
        #expect(!harness.broker.hasNotices)
    }

    @Test func `ordinary work is not told`() throws {
        let harness = try harness()
        try harness.publish(1, "orders", "a", "b")
        try harness.send(1, .settle(.ack, 1...2))
        #expect(!harness.broker.hasNotices)
    }

    @Test func `the end of a subscription and of a topic is told`() throws {
        let harness = try harness()
        try harness.publish(1, "orders", "a", "b")
        try harness.send(1, .deleteTopic(name: "orders"))
        #expect(
            harness.broker.takeNotices() == [
                .subscriptionEnded(topic: "orders", subscription: "billing", reason: "deleted", unsettled: 2),
                .topicDeleted(topic: "orders", client: "client-1"),
            ])
    }

    @Test func `more than 1,000 at once are counted`() throws {
        let harness = try harness(window: 10_000)
        try harness.send(1) { commands in
            for _ in 1...1_500 { commands.publish("orders", "a") }
        }
        try harness.send(1, .settle(.reject, 1...1_500))
        let notices = harness.broker.takeNotices()
        #expect(notices.count == 1_000)
        #expect(notices.last == .more(501))
    }
}
