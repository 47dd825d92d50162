// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

struct DedupTests {
    @Test func `ids of many topics have a bound in memory, and all are known all the same`() throws {
        var configuration = BrokerConfiguration()
        configuration.idsInMemory = 20
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        for topic in 0..<10 {
            for id in 0..<5 { try harness.publish(1, "t\(topic)", "x", id: "\(id)") }
            #expect(harness.broker.idsInMemory <= 25)
        }
        _ = harness.heard(1)
        for topic in 0..<10 { try harness.publish(1, "t\(topic)", "x", id: "4") }
        #expect(harness.heard(1) == Array(repeating: "DUP 5", count: 10))
        #expect(harness.broker.topics.values.reduce(0) { $0 + ($1.ids?.count ?? 0) } <= 25)
    }

    private func broker(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws -> BrokerHarness {
        var configuration = BrokerConfiguration()
        change(&configuration)
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        return harness
    }

    @Test func `repeats in one pipeline are told in their places`() throws {
        let harness = try broker()
        try harness.send(1) { commands in
            commands.publish("orders", "one", id: "a")
            commands.publish("orders", "one", id: "a")
            commands.publish("orders", "none")
            commands.publish("orders", "two", id: "b")
            commands.publish("orders", "other", id: "b")
            commands.publish("orders", "three", id: "c")
        }
        #expect(
            harness.heard(1) == [
                "OK 1 subs=0", "DUP 1", "OK 2 subs=0", "OK 3 subs=0", "ERR id-conflict", "OK 4 subs=0",
            ])
    }

    @Test func `messages without ids go on before, between and behind those with ids`() throws {
        let harness = try broker()
        try harness.send(1) { commands in
            for body in ["one", "two"] { commands.publish("orders", body) }
            commands.publish("orders", "three", id: "a")
            commands.publish("orders", "four")
            commands.publish("orders", "three", id: "a")
            commands.publish("orders", "five")
            commands.publish("others", "six")
            commands.publish("others", "seven", id: "a")
            commands.publish("orders", "eight", id: "b")
        }
        #expect(
            harness.heard(1) == [
                "OK 1 subs=0", "OK 2 subs=0", "OK 3 subs=0", "OK 4 subs=0", "DUP 3", "OK 5 subs=0", "OK 1 subs=0",
                "OK 2 subs=0", "OK 6 subs=0",
            ])
        try harness.publish(1, "orders", "eight", id: "b")
        #expect(harness.heard(1) == ["DUP 6"])
    }

    @Test func `an id is the same inside of a transaction and outside`() throws {
        let harness = try broker()
        try harness.publish(1, "orders", "one", id: "a")
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.publish("orders", "one", id: "a")
            commands.publish("orders", "two", id: "b")
            commands.add(.commit)
        }
        try harness.publish(1, "orders", "two", id: "b")
        #expect(
            harness.heard(1) == [
                "OK 1 subs=0", "OK", "QUEUED", "QUEUED", "OK 2 offsets=[1, 2] dups=[1]", "DUP 2",
            ])
    }

    @Test func `more repeats than are looked at together are all told`() throws {
        let harness = try broker()
        for expected in ["OK", "DUP"] {
            try harness.send(1) { commands in
                for number in 1...200 { commands.publish("orders", "\(number)", id: "id-\(number)") }
            }
            let heard = harness.heard(1)
            #expect(heard.count == 200)
            for (index, line) in heard.enumerated() {
                #expect(line.split(separator: " ").prefix(2) == [expected[...], "\(index + 1)"])
            }
        }
    }

    @Test func `a repeat of what is not durable yet waits until that is`() throws {
        let harness = try broker()
        try harness.step([harness.input(1) { $0.publish("orders", "one", id: "a") }])
        try harness.step([harness.input(1) { $0.publish("orders", "one", id: "a") }])
        #expect(harness.heard(1) == [])
        try harness.sync()
        #expect(harness.heard(1) == ["OK 1 subs=0", "DUP 1"])
    }

    @Test func `ids survive a crash as far as they were durable`() throws {
        let harness = try broker()
        try harness.publish(1, "orders", "one", id: "a")
        try harness.step([harness.input(1) { $0.publish("orders", "two", id: "b") }])
        try harness.crash()
        try harness.connect(1)
        try harness.publish(1, "orders", "one", id: "a")
        try harness.publish(1, "orders", "two", id: "b")
        #expect(harness.heard(1) == ["DUP 1", "OK 2 subs=0"])
    }

    @Test func `the window counts from the first acceptance and is not renewed by repeats`() throws {
        let harness = try broker()
        try harness.publish(1, "orders", "one", id: "a")
        try harness.pass(86_399_999)
        try harness.publish(1, "orders", "one", id: "a")
        try harness.pass(1)
        try harness.publish(1, "orders", "one", id: "a")
        try harness.publish(1, "orders", "one", id: "a")
        #expect(harness.heard(1) == ["OK 1 subs=0", "DUP 1", "OK 2 subs=0", "DUP 2"])
    }

    @Test func `as many ids are remembered as the limit says, and the rest is swept`() throws {
        let harness = try broker { $0.dedupIDs = 10_000 }
        try harness.send(1) { commands in
            for number in 0...10_000 { commands.publish("orders", "x", id: "\(number)") }
        }
        _ = harness.heard(1)
        try harness.publish(1, "orders", "x", id: "1")
        try harness.publish(1, "orders", "x", id: "0")
        #expect(harness.heard(1) == ["DUP 2", "OK 10002 subs=0"])
        try harness.send(1) { commands in
            for number in 20_000..<30_000 { commands.publish("orders", "x", id: "\(number)") }
        }
        try harness.publish(1, "orders", "x", id: "last")
        let swept = harness.store.history.contains { if case .forgetIDs = $0 { true } else { false } }
        #expect(swept)
        #expect(harness.store.contents.ids.values.map(\.count).max() ?? 0 < 12_000)
    }

    @Test func `a purge forgets the ids of what it drops, across a crash too`() throws {
        let harness = try broker()
        try harness.publish(1, "orders", "one", id: "a")
        try harness.publish(1, "orders", "two", id: "b")
        try harness.send(1, .purge(topic: "orders", before: 2))
        try harness.crash()
        try harness.connect(1)
        try harness.publish(1, "orders", "two", id: "b")
        try harness.publish(1, "orders", "one", id: "a")
        #expect(harness.heard(1) == ["DUP 2", "OK 3 subs=0"])
    }

    @Test func `a topic without a window takes repeats as messages`() throws {
        let harness = try broker()
        var choice = TopicOptions()
        choice.dedupWindow = 0
        try harness.send(1, .createTopic(name: "orders", options: choice))
        try harness.publish(1, "orders", "one", id: "a")
        try harness.publish(1, "orders", "one", id: "a")
        #expect(harness.heard(1) == ["OK", "OK 1 subs=0", "OK 2 subs=0"])
    }

    @Test func `naming the window alone leaves a topic its other limits`() throws {
        let harness = try broker()
        var choice = TopicOptions()
        choice.dedupWindow = 5_000
        try harness.send(1, .createTopic(name: "orders", options: choice))
        let settings = try #require(harness.store.contents.topics.values.first { $0.name == "orders" }).settings
        #expect(settings.maxAge == harness.configuration.maxAge)
        #expect(settings.dedupWindow == 5_000)
    }

    @Test func `a full store still knows what it has accepted`() throws {
        let harness = try broker()
        try harness.publish(1, "orders", "one", id: "a")
        harness.store.isFull = true
        try harness.send(1) { commands in
            commands.publish("orders", "one", id: "a")
            commands.publish("orders", "two", id: "b")
        }
        harness.store.isFull = false
        try harness.publish(1, "orders", "two", id: "b")
        #expect(harness.heard(1) == ["OK 1 subs=0", "DUP 1", "ERR full", "OK 2 subs=0"])
    }
}
