// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@testable import MartletClient

@Suite("Calls whose answer is kept", .timeLimit(.minutes(10))) struct BrokerOnceTests {
    private struct Broken: Error {}

    private let options = ConsumerOptions(backoff: [.milliseconds(1)])

    /// Consumes until the handler has come to its end so often, and gives what it has told.
    private func consume(
        _ client: Client, times: Int, options: ConsumerOptions? = nil, concurrency: Int = 16,
        _ handler: @escaping @Sendable (Message, Recorder<String>) async throws -> Void
    ) async throws -> [String] {
        let told = Recorder<String>()
        try await alongside {
            try await client.consume(
                "orders", as: "s", from: .earliest, concurrency: concurrency, options: options ?? self.options
            ) { try await handler($0, told) }
        } _: {
            try await told.wait(for: times)
        }
        return told.all
    }

    @Test func `a redelivery has the answer of the first call`() async throws {
        try await OnBroker.run { _, client in
            let calls = Recorder<Int>()
            try await client.publish("orders", "a", id: "o-1")
            let told = try await consume(client, times: 3) { message, told in
                let answer = try await message.onceBytes("classify") {
                    calls.append(1)
                    return Array("answer \(calls.all.count)".utf8)
                }
                told.append(String(decoding: answer, as: UTF8.self))
                if message.attempt < 3 { throw Broken() }
            }
            #expect(told == ["answer 1", "answer 1", "answer 1"])
            #expect(calls.all.count == 1)
            let record = try #require(try await client.record("martlet.once", "orders/s/o-1/classify"))
            #expect(record.value == Array("answer 1".utf8))
            // The two are told by clocks that may have come apart by some milliseconds.
            let kept = Int(try #require(record.expires)) - Int(record.time)
            let week = 7 * 86_400_000
            #expect(abs(kept - week) < 1_000)
        }
    }

    @Test func `calls of other names, messages and subscriptions have answers of their own`() async throws {
        try await OnBroker.run { _, client in
            let calls = Recorder<String>()
            try await client.publish("orders", "a", id: "o-1")
            try await client.publish("orders", "b", id: "o-2")
            try await alongside {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for subscription in ["s", "t"] {
                        group.addTask {
                            try await client.consume("orders", as: subscription, from: .earliest) { message in
                                for name in ["one", "two"] {
                                    let key = "\(message.idempotencyKey)/\(name)"
                                    let answer = try await message.onceBytes(name) { Array(key.utf8) }
                                    calls.append(String(decoding: answer, as: UTF8.self))
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            } _: {
                try await calls.wait(for: 8)
            }
            let expected = ["s", "t"].flatMap { subscription in
                ["o-1", "o-2"].flatMap { id in ["one", "two"].map { "orders/\(subscription)/\(id)/\($0)" } }
            }
            #expect(calls.all.sorted() == expected.sorted())
            #expect(try await client.records(in: "martlet.once").map(\.key) == expected.sorted())
        }
    }

    @Test func `a call that fails keeps nothing, and is made again`() async throws {
        try await OnBroker.run { _, client in
            let calls = Recorder<Int>()
            try await client.publish("orders", "a")
            let told = try await consume(client, times: 1) { message, told in
                let answer = try await message.onceBytes("call") {
                    calls.append(1)
                    guard calls.all.count > 2 else { throw Broken() }
                    return [UInt8(ascii: "x")]
                }
                told.append(String(decoding: answer, as: UTF8.self))
            }
            #expect(told == ["x"])
            #expect(calls.all.count == 3)
        }
    }

    @Test func `a rerun of a step has the answer too`() async throws {
        try await OnBroker.run { _, client in
            let calls = Recorder<Int>()
            let runs = Recorder<Int>()
            try await client.publish("orders", "a")
            try await alongside {
                try await client.step("orders", as: "s", from: .earliest) { message, step in
                    let answer = try await message.onceBytes("call") {
                        calls.append(1)
                        return [UInt8(calls.all.count)]
                    }
                    runs.append(Int(answer[0]))
                    _ = try await step.record("space", "key")
                    if runs.all.count < 3 { try await client.setRecord("space", "key", to: [9], expecting: .any) }
                    step.set("space", "key", to: answer)
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                _ = try await client.drain("out", as: "look", until: "a")
            }
            #expect(runs.all == [1, 1, 1])
            #expect(calls.all.count == 1)
            #expect(try await client.record("space", "key")?.value == [1])
        }
    }

    @Test func `an answer of 65536 bytes is kept, and one that is longer makes a dead letter at once`() async throws {
        try await OnBroker.run { _, client in
            let calls = Recorder<Int>()
            try await client.publish("orders", "a")
            try await client.publish("orders", "b")
            let told = try await consume(client, times: 1, concurrency: 1) { message, told in
                let count = message.text == "a" ? 65_537 : 65_536
                calls.append(1)
                let answer = try await message.onceBytes("call") { [UInt8](repeating: 1, count: count) }
                told.append("\(answer.count)")
            }
            #expect(told == ["65536"])
            #expect(calls.all.count == 2)
            let letter = try await client.drain("$dead.orders.s", as: "look", until: "a").first
            #expect(letter?.headers["Martlet-Dead-Code"] == "answer-too-long")
        }
    }

    @Test func `what cannot be kept is refused before the call`() async throws {
        try await OnBroker.run { _, client in
            let calls = Recorder<Int>()
            try await client.publish("orders", "a")
            let wrong: [(name: String, keep: Duration?)] = [
                ("", nil), ("a/b", nil), ("a b", nil), (String(repeating: "n", count: 201), nil), ("a", .zero),
                ("a", .seconds(3_650 * 86_400) + .milliseconds(1)),
            ]
            let told = try await consume(client, times: wrong.count + 1) { message, told in
                for (name, keep) in wrong {
                    do {
                        _ = try await message.onceBytes(name, keep: keep) {
                            calls.append(1)
                            return []
                        }
                    } catch let error as ClientError { told.append("\(error.code)") }
                }
                _ = try await message.onceBytes(String(repeating: "n", count: 200), keep: .seconds(3_650 * 86_400)) {
                    []
                }
                told.append("kept")
            }
            #expect(told == wrong.map { _ in "bad-argument" } + ["kept"])
            #expect(calls.all.isEmpty)
        }
    }

    @Test func `what is longer than a key is kept under its digest`() {
        let long = String(repeating: "k", count: 201)
        #expect(KeptAnswer.key(String(long.dropLast())) == Array(long.dropLast().utf8))
        #expect(KeptAnswer.key(long) == Array("sha256:\(SHA256.hex(of: long.utf8))".utf8))
        #expect(KeptAnswer.key(long + "k") != KeptAnswer.key(long))
    }

    @Test func `of two runs at a time both have the answer that was kept first`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { _, client in
            let both = Recorder<Int>()
            let told = Recorder<String>()
            let options = ConsumerOptions(lease: .seconds(10), backoff: [.zero])
            try await client.publish("orders", "a")
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    let attempt = message.attempt
                    let answer = try await message.onceBytes("call") {
                        both.append(attempt)
                        if attempt == 1 {
                            // The lease runs out, and another run begins; the first does not hear that it should stop.
                            clock.advance(by: 10_000)
                            await Task.detached { _ = try? await told.wait(for: 1) }.value
                        }
                        return Array("answer \(attempt)".utf8)
                    }
                    told.append(String(decoding: answer, as: UTF8.self))
                }
            } _: {
                try await told.wait(for: 2)
            }
            #expect(both.all == [1, 2])
            #expect(told.all == ["answer 2", "answer 2"])
        }
    }

    @Test func `an answer whose confirm is lost is kept once, and the next run finds it`() async throws {
        try await OnBroker.link { _, link, client in
            await link.loseReply(to: "SET")
            let calls = Recorder<Int>()
            try await client.publish("orders", "a")
            let told = try await consume(client, times: 2) { message, told in
                let answer = try await message.onceBytes("call") {
                    calls.append(1)
                    return [UInt8(calls.all.count)]
                }
                told.append("\(answer)")
            }
            #expect(told == ["[1]", "[1]"])
            #expect(calls.all.count == 1)
        }
    }

    @Test func `a message that a test made is answered by the call alone`() async throws {
        let message = Message(topic: "orders", subscription: "s", offset: 1)
        #expect(try await message.onceBytes("call") { [1] } == [1])
        #expect(try await message.onceBytes("call") { [2] } == [2])
    }
}
