// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// Messages that cannot be read hold up nothing behind them.
struct DamagedMessageTests {
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        var options = TopicOptions()
        options.retention = .work
        try harness.send(1, .createTopic(name: "orders", options: options))
        try harness.send(1, .createSubscription(topic: "orders", name: "billing", from: .earliest, options: .init()))
        for body in ["a", "b", "c"] { try harness.publish(1, "orders", body) }
        return harness
    }

    @Test func `they end for each subscription as damaged, and the topic goes on`() throws {
        let harness = try harness()
        harness.store.unreadable = 2..<3
        try harness.crash()
        harness.store.unreadable = 2..<3
        try harness.connect(1)
        try harness.send(1, .sub(from: nil))
        #expect(harness.got(1).map(\.offset) == [1, 3])
        try harness.send(1, .settle(.ack, 1...2))
        let info = try harness.info("orders", "billing")
        #expect(info.backlog == 0)
        #expect(info.floor == 3)
        #expect(info.lost == 1)
        #expect(harness.broker.damaged == 1)
        let endings = harness.store.contents.endings.values.flatMap { $0 }
        #expect(endings.map(\.kind) == [.damaged])
        #expect(endings.map(\.first) == [2])
        try harness.pass(1_000)
        #expect(harness.store.contents.topics.values.first { $0.name == "orders" }?.first == 4)
    }

    @Test func `one that cannot be copied to the dead letters ends too`() throws {
        let harness = try harness()
        try harness.send(1, .sub(from: nil))
        _ = harness.got(1)
        harness.store.unreadable = 2..<3
        try harness.send(1, .settle(.reject, 2...2), .settle(.ack, 1...1), .settle(.ack, 3...3))
        let info = try harness.info("orders", "billing")
        #expect(info.backlog == 0)
        #expect(info.lost + info.dead == 1)
    }
}
