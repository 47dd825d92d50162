// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Steps on a broker", .timeLimit(.minutes(10))) struct BrokerStepTests {
    private struct Broken: Error {}

    @Test func `a step commits all that it holds`() async throws {
        try await OnBroker.run { _, client in
            try await client.setRecord("space", "gone", to: [1], expecting: .absent)
            try await client.publish("orders", "a", id: "o-1")
            try await alongside {
                try await client.step("orders", as: "s", from: .earliest) { message, step in
                    let record = try await step.record("space", "count")
                    step.set("space", "count", to: (record?.value ?? []) + message.body, ttl: .seconds(3_600))
                    _ = try await step.record("space", "gone")
                    step.remove("space", "gone")
                    step.publish(Draft("out", body: message.body, cause: message.id, headers: ["n": "1"]))
                    step.publish(Draft("out", body: [0], id: "x"))
                    step.receipt("done", keep: .seconds(3_600))
                }
            } _: {
                let out = try await client.drain("out", as: "look", until: "\u{0}")
                #expect(out.map(\.body) == [Array("a".utf8), [0]])
                #expect(out[0].cause == "o-1")
                #expect(out[0].headers["n"] == "1")
                #expect(out[1].id == "x")
            }
            let record = try #require(try await client.record("space", "count"))
            #expect(record.value == Array("a".utf8))
            #expect(record.version == 1)
            #expect(record.expires == record.time + 3_600_000)
            #expect(try await client.record("space", "gone") == nil)
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a step whose handler throws leaves nothing`() async throws {
        try await OnBroker.run { _, client in
            let attempts = Recorder<Int>()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(maxFailures: 2, backoff: [.milliseconds(1)])
                try await client.step("orders", as: "s", from: .earliest, options: options) { message, step in
                    step.set("space", "count", to: [1])
                    step.publish(Draft("out", body: message.body))
                    attempts.append(message.attempt)
                    throw Broken()
                }
            } _: {
                try await attempts.wait(for: 2)
                let letter = try await client.drain("$dead.orders.s", as: "look", until: "a")
                #expect(letter.first?.headers["Martlet-Dead-Code"] == "Broken")
            }
            #expect(try await client.record("space", "count") == nil)
            #expect(try await client.rest("out", as: "look").map(\.text) == [])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a step that the broker refuses leaves nothing, and its message has failed`() async throws {
        try await OnBroker.run { _, client in
            try await client.publish("out", "first", id: "x")
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(maxFailures: 1)
                try await client.step("orders", as: "s", from: .earliest, options: options) { message, step in
                    step.set("space", "count", to: [1])
                    step.publish(Draft("out", body: message.body, id: "x"))
                }
            } _: {
                let letter = try await client.drain("$dead.orders.s", as: "look", until: "a")
                #expect(letter.first?.headers["Martlet-Dead-Code"] == "id-conflict")
            }
            #expect(try await client.record("space", "count") == nil)
            #expect(try await client.rest("out", as: "look").map(\.text) == ["first"])
        }
    }

    @Test func `a record that was changed meanwhile has the handler run again with what it is now`() async throws {
        try await OnBroker.run { _, client in
            let runs = Recorder<String>()
            try await client.publish("orders", "a")
            try await alongside {
                try await client.step("orders", as: "s", from: .earliest) { message, step in
                    let record = try await step.record("space", "key")
                    runs.append("\(message.attempt) \(record?.version ?? 0)")
                    if runs.all.count < 3 {
                        try await client.setRecord("space", "key", to: [9], expecting: .any)
                    }
                    step.set("space", "key", to: (record?.value ?? []) + [1])
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                _ = try await client.drain("out", as: "look", until: "a")
            }
            #expect(runs.all == ["1 0", "1 1", "1 2"])
            #expect(try await client.record("space", "key")?.value == [9, 1])
            #expect(try await client.record("space", "key")?.version == 3)
            #expect(try await client.rest("out", as: "look").map(\.text) == [])
        }
    }

    @Test func `conflicts without an end are failures`() async throws {
        try await OnBroker.run { _, client in
            let runs = Recorder<Int>()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(maxFailures: 1)
                try await client.step(
                    "orders", as: "s", from: .earliest, options: options, maxConflicts: 2
                ) { message, step in
                    runs.append(1)
                    _ = try await step.record("space", "key")
                    try await client.setRecord("space", "key", to: [9], expecting: .any)
                    step.set("space", "key", to: [1])
                }
            } _: {
                let letter = try await client.drain("$dead.orders.s", as: "look", until: "a")
                #expect(letter.first?.headers["Martlet-Dead-Code"] == "version")
            }
            #expect(runs.all.count == 3)
            #expect(try await client.record("space", "key")?.value == [9])
        }
    }

    @Test func `a record that was not read may have any version`() async throws {
        try await OnBroker.run { _, client in
            try await client.setRecord("space", "key", to: [9], expecting: .absent)
            try await client.publish("orders", "a")
            try await alongside {
                try await client.step("orders", as: "s", from: .earliest) { message, step in
                    step.set("space", "key", to: [1])
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                _ = try await client.drain("out", as: "look", until: "a")
            }
            #expect(try await client.record("space", "key")?.value == [1])
        }
    }

    @Test func `two workers that count in one record lose nothing`() async throws {
        try await OnBroker.run { broker, client in
            let count = 60
            for number in 0..<count { try await client.publish("orders", "\(number)") }
            try await OnBroker.client(broker.port) { other in
                let work: @Sendable (Client) async throws -> Void = { worker in
                    let options = ConsumerOptions(maxFailures: 1_000, backoff: [.milliseconds(1)])
                    try await worker.step(
                        "orders", as: "s", from: .earliest, concurrency: 4, options: options, maxConflicts: 50
                    ) { message, step in
                        try await Self.increment("total", step)
                        step.publish(Draft("out", body: message.body))
                    }
                }
                try await alongside {
                    try await work(client)
                } _: {
                    try await alongside {
                        try await work(other)
                    } _: {
                        try await Self.waitForOutput(Set((0..<count).map(String.init)), other)
                    }
                }
            }
            #expect(try await client.record("handled", "total")?.value == Array("\(count)".utf8))
            #expect(try await client.record("handled", "total")?.version == UInt64(count))
        }
    }

    @Test func `a message whose receipt says done is acked without its handler`() async throws {
        try await OnBroker.run { _, client in
            let handled = Recorder<String>()
            for id in ["o-1", "o-2"] { try await client.publish("orders", id, id: id) }
            for try await delivery in try client.deliveries("orders", as: "s", from: .earliest, window: 1) {
                try await delivery.receipt("done")
                break
            }
            try await alongside {
                try await client.step("orders", as: "s", concurrency: 1) { message, _ in handled.append(message.text) }
            } _: {
                try await handled.wait(for: 1)
            }
            #expect(handled.all == ["o-2"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test(arguments: Trouble.allCases)
    func `each message has its effects once, whatever the link does`(_ trouble: Trouble) async throws {
        let ids = Set(TroubledStream.ids)
        try await TroubledStream(trouble: trouble).run { client in
            try await client.step(
                "orders", as: "s", from: .earliest, concurrency: 4, options: TroubledStream.options, maxConflicts: 50
            ) { message, step in
                try await Self.increment(message.text, step)
                try await Self.increment("total", step)
                step.publish(Draft("out", body: message.body))
            }
        } isDone: { client, ids in
            try await Self.waitForOutput(ids, client)
        } check: { (client) async throws in
            for id in ids { #expect(try await client.record("handled", id)?.value == [UInt8(ascii: "1")], "\(id)") }
            // The one that was published in the end counts too.
            #expect(try await client.record("handled", "total")?.value == Array("\(ids.count + 1)".utf8))
            #expect(try await client.rest("out", as: "count").map(\.text).sorted() == (ids.union(["m-last"])).sorted())
        }
    }

    @Test(arguments: [Trouble.lostSettling, .droppedBeforeSettling, .droppedAfterSettling, .moreChaos])
    func `nor with grace, and nothing counts as a failure`(_ trouble: Trouble) async throws {
        let ids = Set(TroubledStream.ids)
        try await TroubledStream(trouble: trouble).run { client in
            // The first failure would make a dead letter, and its effects would be missing. What is returned often
            // takes the backoff, which would be minutes.
            let options = ConsumerOptions(
                grace: .seconds(60), maxFailures: 1, backoff: TroubledStream.options.backoff)
            try await client.step(
                "orders", as: "s", from: .earliest, concurrency: 4, options: options, maxConflicts: 50
            ) { message, step in
                try await Self.increment(message.text, step)
                step.publish(Draft("out", body: message.body))
            }
        } isDone: { client, ids in
            try await Self.waitForOutput(ids, client)
        } check: { (client) async throws in
            for id in ids { #expect(try await client.record("handled", id)?.value == [UInt8(ascii: "1")], "\(id)") }
            #expect(try await client.rest("out", as: "count").map(\.text).sorted() == (ids.union(["m-last"])).sorted())
        }
    }

    private static func increment(_ key: String, _ step: Step) async throws {
        let record = try await step.record("handled", key)
        let count = record.flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
        step.set("handled", key, to: Array("\(count + 1)".utf8))
    }

    private static func waitForOutput(_ ids: Set<String>, _ client: Client) async throws {
        var seen: Set<String> = []
        // A subscription for each set, so that each begins with the first.
        for try await delivery in try client.deliveries("out", as: "done-\(ids.count)", from: .earliest) {
            seen.insert(delivery.message.text)
            try await delivery.ack()
            if seen.isSuperset(of: ids) { return }
        }
    }
}
