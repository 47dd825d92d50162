// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletBroker

/// Long answers are written over several steps: others are served meanwhile, and what changes does not break them.
struct LongAnswerTests {
    /// A broker with some topics, whose steps write little of an answer.
    private func harness(topics: Int, answerBytes: Int = 2_000) throws -> BrokerHarness {
        var configuration = BrokerConfiguration()
        configuration.answerBytes = answerBytes
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(2) { commands in
            for number in 0..<topics {
                commands.add(.createTopic(name: Self.name(number), options: TopicOptions()))
            }
        }
        _ = harness.heardByAll()
        return harness
    }

    private static func name(_ number: Int) -> String { "t\(10_000 + number)" }

    /// Steps until no answer is under way, and how many those were.
    private func finish(_ harness: BrokerHarness) throws -> Int {
        var steps = 0
        while harness.broker.hasWork, steps < 10_000 {
            try harness.step([])
            steps += 1
        }
        return steps
    }

    private func question(_ harness: BrokerHarness, _ connection: UInt64, _ questions: Command...) -> Input {
        harness.input(connection) { commands in for question in questions { commands.add(question) } }
    }

    private static let questions: [Command] = [
        .info(.topics), .info(.consumers), .list(ListRecords(space: "s", prefix: [], after: [], limit: 1_000)),
        .peek(topic: "orders", offset: 1, limit: 1_000),
    ]

    /// A broker of which each question has a long answer.
    private func full(answerBytes: Int = 2_000) throws -> BrokerHarness {
        let harness = try harness(topics: 100, answerBytes: answerBytes)
        for number in 1...100 {
            try harness.publish(2, "orders", "body \(number)")
            try harness.send(2, .sub(UInt64(number), Self.name(number - 1), "s"))
        }
        // Some of them are read together.
        try harness.send(2) { commands in
            for number in 1...600 {
                commands.add(.set(SetRecord(space: "s", key: Array("k\(1_000 + number)".utf8), value: [1])))
            }
        }
        _ = harness.heardByAll()
        return harness
    }

    @Test(arguments: questions)
    func `a step writes a bounded part of an answer, and others are answered before its end`(question: Command) throws {
        let harness = try full()
        try harness.step([self.question(harness, 1, question, .ping), self.question(harness, 2, .ping)])
        #expect(harness.heard(2) == ["PONG"])
        #expect(harness.heard(1) == [])
        try harness.step([self.question(harness, 2, .ping)])
        #expect(harness.heard(2) == ["PONG"])
        #expect(harness.heard(1) == [])
        #expect(try finish(harness) > 0)
        let heard = harness.heard(1)
        #expect(heard.count == 2)
        #expect(heard.first?.hasPrefix("DATA") == true)
        #expect(heard.last == "PONG")
    }

    @Test(arguments: questions)
    func `an answer in parts says what one in a single step says`(question: Command) throws {
        func answer(_ answerBytes: Int) throws -> [UInt8]? {
            try full(answerBytes: answerBytes).ask([question]).first?.json
        }
        let whole = try #require(try answer(10 << 20))
        #expect(whole.count > 5_000)
        #expect(try answer(1) == whole)
        #expect(try answer(1_000) == whole)
    }

    @Test func `an answer of as much as a step writes is done in that step, and one more takes another`() throws {
        let harness = try harness(topics: 10, answerBytes: 10 << 20)
        let whole = try #require(try harness.ask([.info(.topics)]).first?.json)
        // The brackets cost nothing, and what is looked at 64 each.
        let cost = 10 * Broker.lookBytes + whole.count - 2
        for (room, isDone) in [(cost + 1, true), (cost, false)] {
            let harness = try self.harness(topics: 10, answerBytes: room)
            try harness.step([question(harness, 1, .info(.topics))])
            #expect(harness.heard(1).isEmpty == !isDone)
            try harness.run([])
            #expect(harness.heard(1).count == (isDone ? 0 : 1))
        }
    }

    @Test func `one answer is written at a time, in the order of the questions`() throws {
        let harness = try harness(topics: 100)
        try harness.connect(3)
        try harness.step([
            question(harness, 1, .info(.topics)), question(harness, 2, .info(.topics)),
            question(harness, 3, .info(.topics)),
        ])
        var order: [UInt64] = []
        while harness.broker.hasWork {
            let (answering, asking) = (harness.broker.answering, harness.broker.asking.count)
            #expect(answering.map { $0.id.value } == UInt64(order.count + 1))
            #expect(asking == 2 - order.count)
            try harness.step([])
            order += [1, 2, 3].filter { !harness.heard($0).isEmpty }
        }
        #expect(order == [1, 2, 3])
    }

    @Test func `an asker that leaves midway ends its answer, and what it said behind the question is done`() throws {
        let harness = try harness(topics: 100)
        try harness.connect(3)
        try harness.step([
            harness.input(1) { commands in
                commands.add(.info(.topics))
                commands.publish("orders", "behind the question")
                commands.add(.info(.topics))
            }, question(harness, 2, .info(.topics)), question(harness, 3, .info(.topics)),
        ])
        try harness.step([.disconnected(ConnectionID(1)), .disconnected(ConnectionID(2))])
        #expect(harness.broker.answering == nil)
        try harness.run([])
        #expect(harness.heard(1) == [])
        #expect(harness.heard(2) == [])
        #expect(harness.heard(3) == ["DATA"])
        #expect(try harness.bodies("orders") == ["behind the question"])
    }

    @Test func `topics that come and go meanwhile break nothing, and all others are told once in order`() throws {
        let harness = try harness(topics: 100)
        _ = try harness.ask([])
        try harness.step([question(harness, BrokerHarness.asking, .info(.topics))])
        for number in 0..<50 where harness.broker.hasWork {
            let name = Self.name(2 * number)
            try harness.step([
                question(
                    harness, 2, .deleteTopic(name: name), .createTopic(name: name + "x", options: TopicOptions()))
            ])
        }
        #expect(!harness.broker.hasWork)
        try harness.run([])
        let named = try #require(harness.answers.last).values(of: "name").filter { $0.hasPrefix("t") }
        #expect(named == Set(named).sorted())
        #expect(Set(named).isSuperset(of: (0..<50).map { Self.name(2 * $0 + 1) }))
    }

    @Test func `a PEEK of a topic that is deleted meanwhile is refused, and the next answer begins`() throws {
        let harness = try full()
        try harness.step([question(harness, 1, .peek(topic: "orders", offset: 1, limit: 1_000))])
        try harness.step([
            question(harness, 2, .deleteTopic(name: "orders"), .peek(topic: Self.name(0), offset: 1, limit: 1))
        ])
        try harness.run([])
        #expect(harness.heard(1) == ["ERR unknown-topic"])
        #expect(harness.heard(2) == ["OK", "DATA "])
    }

    @Test func `a PEEK shows what its client published right before it, and LIST what it set`() throws {
        let harness = try harness(topics: 1)
        try harness.step([
            harness.input(1) { commands in
                commands.publish("orders", "a")
                commands.add(.peek(topic: "orders", offset: 1, limit: 10))
                for number in 0..<300 {
                    commands.add(
                        .set(SetRecord(space: "s", key: Array("k\(1_000 + number)".utf8), value: [1])))
                }
                commands.add(.list(ListRecords(space: "s", prefix: [], after: [], limit: 1_000)))
            }
        ])
        try harness.run([])
        let heard = harness.heard(1)
        #expect(heard.prefix(2) == ["OK 1 subs=0", "DATA 1"])
        #expect(heard.last?.split(separator: ",").count == 300)
    }
}
