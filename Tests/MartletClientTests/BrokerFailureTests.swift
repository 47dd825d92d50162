// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Handlers that fail", .timeLimit(.minutes(10))) struct BrokerFailureTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "the printer\nis on fire" }
    }

    /// Runs a handler for one message until it is dead, and gives the dead letter.
    private func deadLetter(
        options: ConsumerOptions, _ handler: @escaping @Sendable (Message) async throws -> Void
    ) async throws -> Message {
        let letters = Recorder<Message>()
        try await OnBroker.run { _, client in
            try await client.publish("orders", "a", id: "o-1")
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, options: options, handler)
            } _: {
                try await alongside {
                    try await client.consume("$dead.orders.s", as: "look", from: .earliest) { letters.append($0) }
                } _: {
                    try await letters.wait(for: 1)
                }
            }
        }
        return letters.all[0]
    }

    @Test func `what a handler throws is in the dead letter`() async throws {
        let letter = try await deadLetter(options: .init(maxFailures: 1)) { _ in throw Broken() }
        #expect(letter.text == "a")
        #expect(letter.headers["Martlet-Dead-Reason"] == "max-failures")
        #expect(letter.headers["Martlet-Dead-Code"] == "Broken")
        #expect(letter.headers["Martlet-Dead-Note"] == "the printer is on fire")
        #expect(letter.headers["Martlet-Dead-Failures"] == "1")
        #expect(letter.headers["Martlet-Dead-Consumer"] != nil)
    }

    @Test func `a message fails as often as its subscription says`() async throws {
        let attempts = Recorder<Int>()
        let options = ConsumerOptions(maxFailures: 3, backoff: [.milliseconds(1), .milliseconds(2)])
        let letter = try await deadLetter(options: options) { message in
            attempts.append(message.attempt)
            throw HandlerFailure.nack(code: "no \(message.attempt)", note: "again")
        }
        #expect(attempts.all == [1, 2, 3])
        #expect(letter.headers["Martlet-Dead-Failures"] == "3")
        #expect(letter.headers["Martlet-Dead-Code"] == "no 3")
        #expect(letter.headers["Martlet-Dead-Note"] == "again")
    }

    @Test func `a message that is rejected is a dead letter at once`() async throws {
        let letter = try await deadLetter(options: .init()) { _ in
            throw HandlerFailure.reject(code: "bad-order", note: "no such product: ä")
        }
        #expect(letter.headers["Martlet-Dead-Reason"] == "rejected")
        #expect(letter.headers["Martlet-Dead-Code"] == "bad-order")
        #expect(letter.headers["Martlet-Dead-Note"] == "no such product: ä")
        #expect(letter.headers["Martlet-Dead-Deliveries"] == "1")
    }

    @Test func `codes and notes that are too long are cut, not refused`() async throws {
        let letter = try await deadLetter(options: .init()) { _ in
            throw HandlerFailure.reject(
                code: String(repeating: "c", count: 65), note: String(repeating: "n", count: 1_023) + "ää")
        }
        #expect(letter.headers["Martlet-Dead-Code"] == String(repeating: "c", count: 64))
        #expect(letter.headers["Martlet-Dead-Note"] == String(repeating: "n", count: 1_023))
    }

    @Test func `a delay is waited for, and other messages are not`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { _, client in
            let lines = Recorder<String>()
            for text in ["nack", "release", "plain"] { try await client.publish("orders", text) }
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 1) { message in
                    lines.append(message.line)
                    guard !message.isRedelivered else { return }
                    if message.text == "nack" { throw HandlerFailure.nack(delay: .seconds(20)) }
                    if message.text == "release" { throw HandlerFailure.release(delay: .seconds(10)) }
                }
            } _: {
                try await lines.wait(for: 3)
                clock.advance(by: 9_999)
                // What had become due would come before a newer message.
                try await client.publish("orders", "early")
                try await lines.wait(for: 4)
                clock.advance(by: 1)
                try await lines.wait(for: 5)
                clock.advance(by: 10_000)
                try await lines.wait(for: 6)
            }
            #expect(lines.all == ["nack 1", "release 1", "plain 1", "early 1", "release 2", "nack 2"])
        }
    }

    @Test func `a message that is released has not failed`() async throws {
        try await OnBroker.run { _, client in
            let lines = Recorder<String>()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(maxFailures: 1)
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    if message.attempt < 4 { throw HandlerFailure.release() }
                }
            } _: {
                try await lines.wait(for: 4)
            }
            #expect(lines.all == ["a 1", "a 2", "a 3", "a 4"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a consumer that is cancelled cancels its handlers and gives their messages back`() async throws {
        try await OnBroker.run { _, client in
            let started = Recorder<String>()
            let ended = Recorder<String>()
            let never = Turnstile()
            for text in ["a", "b"] { try await client.publish("orders", text) }
            let options = ConsumerOptions(maxFailures: 1)
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    started.append(message.line)
                    do { try await never.pass() } catch {
                        ended.append("\(type(of: error))")
                        throw error
                    }
                }
            } _: {
                try await started.wait(for: 2)
            }
            #expect(ended.all == ["CancellationError", "CancellationError"])
            // They did not fail, or they would be dead.
            let rest = try await client.rest("orders", as: "s").map(\.line)
            #expect(rest == ["a 2", "b 2"])
        }
    }

    @Test func `a handler that is cancelled gives its message back at once, though another does not end`() async throws
    {
        try await OnBroker.link(clock: ManualClock()) { _, link, client in
            let (commands, started) = (await link.tap(.client), Recorder<String>())
            let (never, go) = (Turnstile(), Turnstile())
            for text in ["a", "b"] { try await client.publish("orders", text) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let options = ConsumerOptions(lease: .seconds(1), maxFailures: 1)
                    try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                        started.append(message.text)
                        guard message.text == "b" else { return try await never.pass() }
                        // This one does not listen.
                        await Task { try? await go.pass() }.value
                    }
                }
                try await started.wait(for: 2)
                // A message that was touched fails when it goes back with its connection.
                try await commands.wait { $0.contains { $0.hasPrefix("TOUCH ") } }
                group.cancelAll()
                try await commands.wait { $0.contains { $0.hasPrefix("RELEASE ") } }
                #expect(!commands.all.contains { $0.hasPrefix("UNSUB ") })
                go.open()
                await #expect(throws: CancellationError.self) { try await group.waitForAll() }
            }
            #expect(try await client.rest("orders", as: "s").map(\.line) == ["a 2"])
        }
    }

    @Test func `a handler that finishes all the same has handled its message`() async throws {
        try await OnBroker.run { _, client in
            let started = Recorder<String>()
            let never = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest) { message in
                    started.append(message.line)
                    try? await never.pass()
                }
            } _: {
                try await started.wait(for: 1)
            }
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }
}
