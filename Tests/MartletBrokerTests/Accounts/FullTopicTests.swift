// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// What is due on a topic that is full waits there, and nothing waits behind it (semantics 1).
struct FullTopicTests {
    /// More than one look at what is due takes.
    private static let many = 5_000

    /// A broker whose topic 'orders' is full, with many messages that are due in a second.
    private func harness() throws -> BrokerHarness {
        var topic = TopicOptions()
        topic.maxMessages = 1
        let harness = try BrokerHarness.account(topic: topic)
        #expect(try harness.put("first") == "OK 1")
        var request = TimedPublish(topic: "orders", schedule: .delay(1_000))
        request.body = [0]
        try harness.send(1) { commands in
            for _ in 0..<Self.many { commands.add(.publish(request)) }
        }
        _ = harness.heard(1)
        return harness
    }

    /// Lets the timer run so many times that one look follows the other.
    private func look(_ harness: BrokerHarness, times: Int = 4) throws {
        for _ in 1...times { try harness.pass(1) }
    }

    @Test func `more of them than one look takes keep back nothing of another topic`() throws {
        let harness = try harness()
        try harness.put("other", .delay(1_001), to: "invoices")
        try harness.put("absolute", .at(harness.now.wall + 1_001), to: "invoices")
        try harness.pass(1_001)
        try look(harness)
        #expect(try Set(harness.bodies("invoices")) == ["other", "absolute"])
        #expect(try harness.bodies("orders") == ["first"])
    }

    @Test func `they are looked past without being read, again and again`() throws {
        let harness = try harness()
        try harness.pass(1_000)
        try look(harness)
        for _ in 1...5 {
            let before = harness.store.rowsRead
            try harness.pass(1_000)
            try look(harness)
            // One of each look tells that the topic is full.
            #expect(harness.store.rowsRead - before < 50)
        }
    }

    @Test func `all of them come when there is room, those that were due first before the others`() throws {
        let harness = try harness()
        try harness.put("last", .delay(1_500))
        try harness.pass(2_000)
        try look(harness)
        var topic = TopicOptions()
        topic.maxMessages = 10_000
        try harness.say(.alterTopic(name: "orders", options: topic))
        for _ in 1...4 {
            try harness.pass(1_000)
            try look(harness)
        }
        let info = try harness.info("orders", "billing")
        #expect(info.backlog == UInt64(Self.many) + 2)
        let newest = try harness.ask([.peek(topic: "orders", offset: UInt64(Self.many) + 2, limit: 1)])
        guard case .messages(let messages)? = newest.first else { throw Refusal.unknownTopic("orders") }
        #expect(messages.elements.first?.fields.map { String(decoding: $0.body, as: UTF8.self) } == "last")
    }
}
