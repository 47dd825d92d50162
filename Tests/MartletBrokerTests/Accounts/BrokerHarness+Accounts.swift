// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

// Scripts about what becomes of messages: one topic, one subscription, one connection that does it all.
extension BrokerHarness {
    /// A broker with the topic 'orders' and its subscription 'billing', without a consumer.
    static func account(
        topic: TopicOptions = TopicOptions(), _ change: (inout SubscriptionOptions) -> Void = { _ in }
    ) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        var options = SubscriptionOptions()
        options.backoff = [1_000]
        change(&options)
        try harness.connect(1)
        try harness.say(
            .createTopic(name: "orders", options: topic),
            .createSubscription(topic: "orders", name: "billing", from: .earliest, options: options))
        return harness
    }

    /// Sends commands of the first connection, which all have to be answered so.
    func say(_ commands: Command..., answer: String = "OK") throws {
        _ = heard(1)
        for command in commands { try send(1, command) }
        let answers = heard(1).filter { !$0.hasPrefix("LOST ") && !$0.hasPrefix("GONE ") }
        try #require(answers == commands.map { _ in answer })
    }

    /// Attaches a consumer of the first connection.
    func serve(_ consumer: UInt64 = 1, _ topic: String = "orders", _ name: String = "billing", window: Int = 16) throws
    {
        try send(1, .sub(consumer, topic, name, window: window, from: nil))
        try #require(heard(1) == ["OK"])
    }

    /// Publishes one message; what was answered.
    @discardableResult
    func put(
        _ body: String, key: String = "", kind: String? = nil, id: String = "", process: String = "",
        ttl: Int? = nil, _ schedule: Schedule? = nil, to topic: String = "orders"
    ) throws -> String {
        var request = TimedPublish(topic: topic, schedule: schedule, ttl: ttl)
        (request.body, request.key, request.id) = (Array(body.utf8), Array(key.utf8), Array(id.utf8))
        request.process = Array(process.utf8)
        if let kind { request.headers = Array("kind: \(kind)\n".utf8) }
        _ = heard(1)
        try send(1) { commands in
            if schedule == nil, ttl == nil { commands.publish(request) } else { commands.add(.publish(request)) }
        }
        return heard(1).first ?? "nothing"
    }

    /// Publishes messages with keys, such as 'a1': the letter is the key.
    func put(keyed bodies: String...) throws {
        for body in bodies { try put(body, key: String(body.prefix(1))) }
    }

    /// What is so with a message.
    func why(_ offset: UInt64, _ name: String = "billing", topic: String = "orders") throws -> Explanation {
        let found = try broker.explain(.offset(offset), topic: topic, subscription: name)
        try #require(found.count == 1)
        return found[0]
    }

    /// The verdict about a message.
    func verdict(_ offset: UInt64, _ name: String = "billing", topic: String = "orders") throws -> Verdict {
        try why(offset, name, topic: topic).verdict
    }

    /// The verdicts about the first messages.
    func verdicts(_ count: UInt64, _ name: String = "billing") throws -> [Verdict] {
        try (1...count).map { try verdict($0, name) }
    }

    /// What became of messages by their ids.
    func why(id: String, _ name: String? = nil) throws -> [Explanation] {
        try broker.explain(.id(Array(id.utf8)), topic: "orders", subscription: name)
    }

    /// The bodies that were delivered since the last call.
    func bodiesGot() -> [String] { got(1).map(\.body) }

    /// Ends a delivery of the first consumer by its tag.
    func settle(_ verb: Settle.Verb, _ tag: UInt64, delay: Int? = nil, code: String = "", note: String = "") throws {
        try say(.settle(verb, tag...tag, delay: delay, code: code, note: note), answer: "OK 1")
    }

    /// A person decides.
    func resolve(
        _ offset: UInt64, _ decision: Resolve.Decision, note: String = "", answer: String = "OK"
    ) throws {
        try say(
            .resolve(
                Resolve(topic: "orders", subscription: "billing", offset: offset, decision: decision, note: note)),
            answer: answer)
    }
}
