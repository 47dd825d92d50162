// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Who may not consume a topic learns nothing of it.
struct AccessLeakTests {
    private let process = "o-1"

    /// A broker with an open and a hidden topic, with a consumer, a dead letter and a flow from one to the other and
    /// back.
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        for topic in ["open", "secret"] {
            try harness.send(1, .sub(topic == "open" ? 1 : 2, topic, "billing", window: 1))
        }
        try publish(harness, "open", id: "a")
        try publish(harness, "secret", id: "b", cause: "a")
        try publish(harness, "open", id: "c", cause: "b")
        try publish(harness, "open", id: "d", cause: "c")
        try harness.send(1, .settle(.reject, 1...1, consumer: 1), .settle(.reject, 1...1, consumer: 2))
        return harness
    }

    private func publish(_ harness: BrokerHarness, _ topic: String, id: String, cause: String = "") throws {
        var request = TimedPublish(topic: topic)
        request.body = Array("body of \(id)".utf8)
        (request.id, request.cause, request.process) = (Array(id.utf8), Array(cause.utf8), Array(process.utf8))
        try harness.send(1) { $0.publish(request) }
        // A cause comes before what it causes.
        try harness.pass(1)
    }

    private func user(_ name: String = "open") throws -> Access {
        let pattern = try #require(NamePattern(name))
        return Access(user: "u", publish: [pattern], consume: [pattern], manage: [pattern])
    }

    @Test func `lists of topics and consumers leave out what is hidden`() throws {
        let harness = try harness()
        let answers = try harness.ask([.info(.topics), .info(.consumers), .info(.broker)], as: try user())
        try #require(answers.count == 3)
        guard case .broker(let broker) = answers[2] else { return #expect(Bool(false), "\(answers)") }
        #expect(try answers[0].values(of: "name") == ["$dead.open.billing", "open"])
        #expect(try answers[1].values(of: "topic") == ["open"])
        #expect((broker.topics, broker.subscriptions) == (2, 1))
    }

    @Test func `a survey leaves out what is hidden, and what the whole broker counts`() throws {
        let harness = try harness()
        for (access, isWhole) in [(try user(), false), (Access.all, true)] {
            let answers = try harness.ask([.info(.survey(limit: 100, after: .start))], as: access)
            guard case .survey(let survey)? = answers.first else { return #expect(Bool(false), "\(answers)") }
            #expect(survey.topics.contains { $0.info.name == "open" })
            #expect(survey.topics.contains { $0.info.name == "secret" } == isWhole)
            #expect((survey.counts.connections > 0) == isWhole)
        }
    }

    @Test func `with the right to publish or to manage alone nothing is listed`() throws {
        let harness = try harness()
        let pattern = try #require(NamePattern("open"))
        for access in [Access(user: "p", publish: [pattern]), Access(user: "m", manage: [pattern])] {
            let answer = try #require(try harness.ask([.info(.topics)], as: access).first)
            #expect(try answer.values(of: "name").isEmpty)
        }
    }

    @Test func `a tree has no hidden messages, and what they caused begins with a gap`() throws {
        let harness = try harness()
        let all = try harness.broker.tree(Array(process.utf8), limit: 10)
        #expect(all.roots.map(\.offset) == [1] && all.roots[0].children.map(\.topic) == ["secret"])
        let seen = try harness.broker.tree(Array(process.utf8), limit: 10, for: try user())
        #expect(seen.roots.map(\.topic) == ["open", "open"])
        #expect(seen.roots.map(\.isGap) == [false, true])
        #expect(seen.roots[1].children.map(\.offset) == [3])
        let nothing = try harness.broker.tree(Array(process.utf8), limit: 10, for: try user("other"))
        let unknown = try harness.broker.tree(Array("o-2".utf8), limit: 10)
        #expect(nothing.roots == unknown.roots && nothing.hasMore == unknown.hasMore)
    }

    @Test func `the limit of a tree counts what is seen`() throws {
        let harness = try harness()
        let tree = try harness.broker.tree(Array(process.utf8), limit: 3, for: try user())
        #expect(!tree.hasMore)
    }

    @Test(arguments: ["secret", "$dead.secret.billing", "$sys.message.dead", "missing", "$dead.missing.billing"])
    func `questions about a hidden topic and about a missing one are answered alike`(_ name: String) throws {
        let harness = try harness()
        let questions: [CommandForm] = [.infoTopic, .infoSubscription, .peek, .scheduled, .parked, .why]
        let commands =
            questions.compactMap { $0.command(about: name) }
            + [.why(topic: name, message: .id(Array("b".utf8)), subscription: "billing")]
        let refusals = try harness.ask(commands, as: try user()).map { answer in
            if case .refused(let refusal) = answer { refusal } else { Refusal(.internal, "\(answer)") }
        }
        let text = "topic: the user has no right to consume on '\(name)'"
        #expect(refusals == Array(repeating: Refusal(.denied, text), count: commands.count))
    }

    @Test func `dead letters follow their topic`() throws {
        let harness = try harness()
        let peek = Command.peek(topic: "$dead.open.billing", offset: 1, limit: 10)
        guard case .messages(let messages)? = try harness.ask([peek], as: try user()).first else {
            return #expect(Bool(false))
        }
        #expect(messages.elements.count == 1)
    }

    @Test func `what the broker says of itself takes a right of its own`() throws {
        let harness = try harness()
        let peek = Command.peek(topic: "$sys.message.dead", offset: 1, limit: 10)
        for (pattern, isAllowed) in [("*", false), ("$sys", true), ("$sys.*", true), ("$sys.message.dead", true)] {
            let answer = try harness.ask([peek], as: try user(pattern)).first
            let isDenied = if case .refused(let refusal)? = answer { refusal.code == .denied } else { false }
            #expect(isDenied != isAllowed, "\(pattern)")
        }
    }

    @Test func `that nobody sees a message is told to those who may consume`() throws {
        let harness = try BrokerHarness()
        let pattern = try #require(NamePattern("orders"))
        try harness.connect(1, as: Access(user: "p", publish: [pattern]))
        try harness.connect(2, as: Access(user: "c", publish: [pattern], consume: [pattern]))
        for connection: UInt64 in [1, 2] {
            try harness.publish(connection, "orders", "plain")
            try harness.send(connection, .publish(TimedPublish(topic: "orders", ttl: 60_000)))
        }
        #expect(harness.heard(1) == ["OK 1", "OK 2"])
        #expect(harness.heard(2) == ["OK 3 subs=0", "OK 4 subs=0"])
    }

    @Test func `a session is not given to another user who knows its name`() throws {
        let harness = try BrokerHarness()
        let pattern = try #require(NamePattern("orders"))
        try harness.connect(1, as: Access(user: "owner", publish: [pattern], consume: [pattern]))
        var request = Subscribe(consumer: 1, topic: "orders", subscription: "billing", window: 10, from: .earliest)
        request.grace = 10_000
        try harness.send(1, .subscribe(request))
        try harness.publish(1, "orders", "one")
        #expect(harness.got(1).count == 1)
        try harness.connect(2, resuming: "session-1", as: Access(user: "thief", consume: [pattern]))
        #expect(harness.heard(2) == ["WELCOME session-2"])
        try harness.send(1) { $0.ack(consumer: 1, first: 1, last: 1) }
        #expect(harness.heard(1) == ["OK created", "OK 1", "OK 1"])
    }

    @Test func `a session that comes back with fewer rights does not get its consumers back`() throws {
        let harness = try BrokerHarness()
        let pattern = try #require(NamePattern("orders"))
        try harness.connect(1, as: Access(user: "u", publish: [pattern], consume: [pattern]))
        var request = Subscribe(consumer: 1, topic: "orders", subscription: "billing", window: 10, from: .earliest)
        request.grace = 10_000
        try harness.send(1, .subscribe(request))
        try harness.publish(1, "orders", "one", "two")
        try harness.disconnect(1)
        try harness.connect(2, resuming: "session-1", as: Access(user: "u", publish: [pattern]))
        try harness.send(2, .subscribe(request))
        try harness.publish(2, "orders", "three")
        try harness.send(2) { $0.ack(consumer: 1, first: 1, last: 2) }
        #expect(harness.heard(2) == ["WELCOME session-1", "ERR denied", "OK 3", "ERR unknown-consumer"])
        #expect(harness.got(2) == [])
    }

    @Test func `a connection speaks for one user after another, each with its own rights`() throws {
        let harness = try harness()
        let peek = Command.peek(topic: "secret", offset: 1, limit: 10)
        for (access, isAllowed) in [(try user("secret"), true), (try user("open"), false), (.all, true)] {
            guard let answer = try harness.ask([peek], as: access).first else { return #expect(Bool(false)) }
            let isAnswered = if case .messages = answer { true } else { false }
            #expect(isAnswered == isAllowed)
        }
    }
}
