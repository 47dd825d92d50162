// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Messages rest until their time (semantics 1).
struct ScheduleTests {
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness.account()
        try harness.serve()
        return harness
    }

    private func cancel(_ harness: BrokerHarness, _ id: String, answer: String = "OK") throws {
        try harness.say(.cancel(topic: "orders", id: Array(id.utf8)), answer: answer)
    }

    @Test func `a message is delivered when it is due, and not before`() throws {
        let harness = try harness()
        let due = harness.now.wall + 5_000
        #expect(try harness.put("a", .delay(5_000)) == "OK 0 due=\(due)")
        #expect(try harness.put("b", .at(due + 1)) == "OK 0 due=\(due + 1)")
        try harness.pass(4_999)
        #expect(harness.bodiesGot().isEmpty)
        try harness.pass(1)
        #expect(harness.bodiesGot() == ["a"])
        try harness.pass(1)
        #expect(harness.bodiesGot() == ["b"])
    }

    @Test func `a time that is over and no delay publish at once`() throws {
        let harness = try harness()
        #expect(try harness.put("a", .at(harness.now.wall)) == "OK 1")
        #expect(try harness.put("b", .at(1)) == "OK 2")
        #expect(try harness.put("c", .delay(0)) == "OK 3")
        #expect(harness.bodiesGot() == ["a", "b", "c"])
    }

    @Test func `offsets are given when messages are due`() throws {
        let harness = try harness()
        try harness.put("late", .delay(2_000))
        try harness.put("early", .delay(1_000))
        #expect(try harness.put("now") == "OK 1")
        try harness.pass(1_000)
        try harness.pass(1_000)
        #expect(harness.got(1).map(\.offset) == [1, 2, 3])
        #expect(try harness.bodies("orders") == ["now", "early", "late"])
    }

    @Test func `a repeat while it rests is told the due time, and later the offset`() throws {
        let harness = try harness()
        let due = harness.now.wall + 1_000
        try harness.put("a", id: "o-1", .delay(1_000))
        #expect(try harness.put("a", id: "o-1", .delay(9_000)) == "DUP 0 due=\(due)")
        #expect(try harness.put("a", id: "o-1") == "DUP 0 due=\(due)")
        #expect(try harness.put("b", id: "o-1") == "ERR id-conflict")
        try harness.pass(1_000)
        #expect(try harness.put("a", id: "o-1") == "DUP 1")
    }

    @Test func `what is cancelled never comes, and its id may be used again`() throws {
        let harness = try harness()
        try harness.put("a", id: "o-1", .delay(1_000))
        try cancel(harness, "o-1")
        try cancel(harness, "o-1", answer: "ERR unknown-message")
        try harness.pass(2_000)
        #expect(harness.bodiesGot().isEmpty)
        #expect(try harness.put("b", id: "o-1") == "OK 1")
        try cancel(harness, "o-1", answer: "ERR unknown-message")
    }

    @Test func `what is rescheduled comes at its new time only`() throws {
        let harness = try harness()
        let start = harness.now.wall
        try harness.put("a", id: "o-1", .delay(1_000))
        try harness.put("b", id: "o-2", .delay(9_000))
        try harness.say(
            .reschedule(topic: "orders", id: Array("o-1".utf8), to: .delay(3_000)), answer: "OK 0 due=\(start + 3_000)")
        try harness.say(
            .reschedule(topic: "orders", id: Array("o-2".utf8), to: .at(start + 2_000)),
            answer: "OK 0 due=\(start + 2_000)")
        try harness.pass(1_999)
        #expect(harness.bodiesGot().isEmpty)
        try harness.pass(1)
        #expect(harness.bodiesGot() == ["b"])
        try harness.pass(1_000)
        #expect(harness.bodiesGot() == ["a"])
        try harness.say(
            .reschedule(topic: "orders", id: Array("o-3".utf8), to: .delay(1)), answer: "ERR unknown-message")
    }

    @Test func `it rests over a restart, and comes at once when its time was over`() throws {
        let harness = try harness()
        try harness.put("a", .delay(5_000))
        try harness.put("b", .delay(5_001))
        try harness.restart(after: 5_000)
        try harness.connect(1)
        try harness.serve()
        #expect(harness.bodiesGot() == ["a"])
        try harness.pass(1)
        #expect(harness.bodiesGot() == ["b"])
    }

    @Test func `a purge of all cancels what is scheduled, and one before an offset does not`() throws {
        let harness = try harness()
        try harness.put("a", id: "o-1", .delay(1_000))
        try harness.put("b")
        try harness.say(.purge(topic: "orders", before: 2))
        #expect(try harness.why(id: "o-1").map(\.verdict) == [.scheduled])
        try harness.say(.purge(topic: "orders", before: nil))
        #expect(try harness.why(id: "o-1").map(\.verdict) == [.notFound])
        try harness.pass(1_000)
        #expect(try harness.bodies("orders").isEmpty)
    }

    @Test func `what falls due while its topic is full stays until there is room`() throws {
        var topic = TopicOptions()
        topic.maxMessages = 1
        let harness = try BrokerHarness.account(topic: topic)
        try harness.put("a", id: "o-1", .delay(1_000))
        #expect(try harness.put("b") == "OK 1")
        try harness.pass(2_000)
        #expect(try harness.bodies("orders") == ["b"])
        #expect(try harness.why(id: "o-1").map(\.verdict) == [.scheduled])
        try harness.serve()
        try harness.settle(.ack, 1)
        try harness.pass(2_000)
        #expect(harness.bodiesGot() == ["b", "a"])
    }

    @Test func `a subscription that begins with what is new sees what is due later`() throws {
        let harness = try harness()
        try harness.put("a", .delay(1_000))
        try harness.say(
            .createSubscription(topic: "orders", name: "late", from: .new, options: SubscriptionOptions()))
        try harness.pass(1_000)
        #expect(try harness.verdict(1, "late") == .waiting)
    }
}
