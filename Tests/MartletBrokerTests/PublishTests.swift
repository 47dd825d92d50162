// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

struct PublishTests {
    @Test func `a publish is confirmed with its offset, from 1`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.publish(1, "orders", "a", "b")
        #expect(harness.heard(1) == ["OK 1 subs=0", "OK 2 subs=0"])
    }

    @Test func `nothing is confirmed before what it confirms is durable`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.step([harness.input(1) { $0.publish("orders", "a") }])
        #expect(harness.heard(1).isEmpty)
        try harness.step([harness.input(1) { $0.publish("orders", "b") }])
        #expect(harness.heard(1) == ["OK 1 subs=0"])
        try harness.sync()
        #expect(harness.heard(1) == ["OK 2 subs=0"])
    }

    @Test func `nothing is delivered before it is durable`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub())
        try harness.step([harness.input(1) { $0.publish("orders", "a") }])
        #expect(harness.got(1).isEmpty)
        try harness.sync()
        #expect(harness.got(1).map(\.body) == ["a"])
    }

    @Test func `replies keep the order of the commands`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1) { commands in
            commands.publish("orders", "a")
            commands.add(.ping)
            commands.publish("orders", "b")
            commands.add(.window(consumer: 7, window: 1))
            commands.add(Refusal(.badOption, "x"))
            commands.publish("other", "c")
        }
        #expect(
            harness.heard(1) == [
                "OK 1 subs=0", "PONG", "OK 2 subs=0", "ERR unknown-consumer", "ERR bad-option", "OK 1 subs=0",
            ])
    }

    @Test func `a reply without a commit of its own does not overtake one that waits`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.step([harness.input(1) { $0.publish("orders", "a") }])
        try harness.step([harness.input(1) { $0.add(.ping) }])
        #expect(harness.heard(1).isEmpty)
        try harness.sync()
        #expect(harness.heard(1) == ["OK 1 subs=0", "PONG"])
    }

    @Test func `a look at a topic shows what was confirmed before it`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1) { commands in
            commands.publish("orders", "a")
            commands.publish("orders", "b")
            commands.add(.peek(topic: "orders", offset: 1, limit: 10))
        }
        #expect(harness.heard(1) == ["OK 1 subs=0", "OK 2 subs=0", "DATA 1,2"])
    }

    @Test func `an unknown topic is refused when topics are not made by themselves`() throws {
        var configuration = BrokerConfiguration()
        configuration.autoCreateTopics = false
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.publish(1, "orders", "a", "b")
        #expect(harness.heard(1) == ["ERR unknown-topic", "ERR unknown-topic"])
    }

    /// Publishes to some topics in turns, with something else said in the middle.
    private func turns(_ harness: BrokerHarness, as access: Access? = nil, saying middle: Command...) throws -> [String]
    {
        let batch = harness.input(1, as: access) { commands in
            for body in ["1", "2"] { for topic in ["a", "b", "c"] { commands.publish(topic, body) } }
            for command in middle { commands.add(command) }
            for topic in ["a", "b", "c"] { commands.publish(topic, "3") }
        }
        try harness.run([batch])
        return harness.heard(1)
    }

    private static let twice = [
        "OK 1 subs=0", "OK 1 subs=0", "OK 1 subs=0", "OK 2 subs=0", "OK 2 subs=0", "OK 2 subs=0",
    ]

    @Test func `topics in turns are each counted by themselves`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        #expect(try turns(harness, saying: .ping) == Self.twice + ["PONG"] + Array(repeating: "OK 3 subs=0", count: 3))
    }

    @Test func `a topic that goes between two of its turns begins anew, or is not known any more`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        #expect(
            try turns(harness, saying: .deleteTopic(name: "b"))
                == Self.twice + ["OK", "OK 3 subs=0", "OK 1 subs=0", "OK 3 subs=0"])
        var configuration = BrokerConfiguration()
        configuration.autoCreateTopics = false
        let strict = try BrokerHarness(configuration)
        try strict.connect(1)
        for topic in ["a", "b", "c"] { try strict.send(1, .createTopic(name: topic, options: TopicOptions())) }
        _ = strict.heard(1)
        #expect(
            try turns(strict, saying: .deleteTopic(name: "b"))
                == Self.twice + ["OK", "OK 3 subs=0", "ERR unknown-topic", "OK 3 subs=0"])
    }

    @Test func `a transaction that begins between two turns has those behind it`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        #expect(
            try turns(harness, saying: .begin(id: nil, refusal: nil))
                == Self.twice + ["OK", "QUEUED", "QUEUED", "QUEUED"])
        try harness.send(1, .abort)
        _ = harness.heard(1)
        try harness.publish(1, "b", "x")
        #expect(harness.heard(1) == ["OK 3 subs=0"])
    }

    @Test func `a user who may publish to some of the topics in turns is refused at each of the others`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        let publish = [try #require(NamePattern("a")), try #require(NamePattern("c"))]
        let access = Access(user: "u", publish: publish, consume: [], manage: [])
        #expect(
            try turns(harness, as: access, saying: .ping) == [
                "OK 1", "ERR denied", "OK 1", "OK 2", "ERR denied", "OK 2", "PONG", "OK 3", "ERR denied", "OK 3",
            ])
    }

    @Test func `a full store refuses publishes and takes acks, and goes on by itself`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 2))
        try harness.publish(1, "orders", "a", "b")
        _ = harness.heard(1)
        harness.store.isFull = true
        try harness.send(1) { commands in
            commands.publish("orders", "c")
            commands.ack(consumer: 1, first: 1, last: 2)
            commands.add(.sub(2, "orders", "new-one"))
        }
        #expect(harness.heard(1) == ["ERR full", "OK 2", "ERR full"])
        harness.store.isFull = false
        try harness.publish(1, "orders", "c")
        #expect(harness.heard(1) == ["OK 3"])
    }

    @Test func `a store that fails ends everything without a confirmation`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        harness.store.failingCommit = harness.store.commits + 1
        #expect(throws: StoreError.self) { try harness.publish(1, "orders", "a") }
        #expect(harness.heard(1).isEmpty)
    }

    @Test func `a sync that fails ends everything without a confirmation`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        harness.store.syncFails = true
        #expect(throws: StoreError.self) { try harness.publish(1, "orders", "a") }
        #expect(harness.heard(1).isEmpty)
    }

    @Test func `that nobody listens is said once a minute, and not about the broker's own topics`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.publish(1, "orders", "a", "b")
        try harness.publish(1, "orders", "c")
        try harness.send(1, .peek(topic: "$sys.topic.no-subscriber", offset: 1, limit: 10))
        #expect(harness.heard(1).last == "DATA 1")
        try harness.pass(60_000)
        try harness.publish(1, "orders", "d")
        try harness.send(1, .peek(topic: "$sys.topic.no-subscriber", offset: 1, limit: 10))
        #expect(harness.heard(1).last == "DATA 1,2")
    }

    @Test func `work topics refuse what would not fit instead of dropping`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        var choice = TopicOptions()
        choice.retention = .work
        choice.maxMessages = 2
        try harness.send(1, .createTopic(name: "jobs", options: choice), .sub(1, "jobs", "workers"))
        try harness.publish(1, "jobs", "a")
        try harness.publish(1, "jobs", "b", "c")
        #expect(harness.heard(1) == ["OK", "OK created", "OK 1", "OK 2", "ERR full"])
        try harness.send(1, .settle(.ack, 1...2), .sub(2, "jobs", "others"))
        try harness.pass(1_000)
        try harness.publish(1, "jobs", "c")
        #expect(harness.heard(1) == ["OK 2", "ERR conflict", "OK 3"])
    }
}
