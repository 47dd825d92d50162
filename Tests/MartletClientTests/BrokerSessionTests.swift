// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Connections that are lost while a handler runs", .timeLimit(.minutes(10))) struct BrokerSessionTests {
    /// Drops the connection of a client and waits until it has another one.
    private static func drop(_ link: FaultyLink, _ client: Client) async throws {
        let connections = await link.counts.connections
        await link.drop(.before, .client) { $0.word == "GET" }
        // It is asked again by itself, on the next connection.
        _ = try await client.record("space", "key")
        #expect(await link.counts.connections == connections + 1)
    }

    @Test func `with grace the handler goes on, and its ack arrives on the new connection`() async throws {
        let clock = ManualClock()
        try await OnBroker.link(clock: clock) { broker, link, client in
            let lines = Recorder<String>()
            let go = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(grace: .seconds(60), maxFailures: 1)
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    if message.text == "a" { try await go.pass() }
                    lines.append("\(message.text) done")
                }
            } _: {
                try await lines.wait(for: 1)
                try await Self.drop(link, client)
                try await Self.drop(link, client)
                go.open()
                try await lines.wait(for: 2)
                // The consumer goes on too.
                try await client.publish("orders", "b")
                try await lines.wait(for: 4)
            }
            #expect(lines.all == ["a 1", "a done", "b 1", "b done"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `without grace the handler is cancelled, and the message comes again`() async throws {
        try await OnBroker.link { _, link, client in
            let lines = Recorder<String>()
            let never = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(maxFailures: 1)
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    guard !message.isRedelivered else { return }
                    do { try await never.pass() } catch {
                        lines.append("\(type(of: error))")
                        throw error
                    }
                }
            } _: {
                try await lines.wait(for: 1)
                try await Self.drop(link, client)
                try await lines.wait(for: 3)
            }
            #expect(Set(lines.all) == ["a 1", "CancellationError", "a 2"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `messages that were on their way when the connection ended are given back`() async throws {
        let clock = ManualClock()
        try await OnBroker.link(clock: clock) { broker, link, client in
            let commands = await link.tap(.client)
            let replies = await link.tap(.broker)
            let lines = Recorder<String>()
            let go = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(grace: .seconds(60), maxFailures: 1)
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    if message.text == "a" { try await go.pass() }
                }
            } _: {
                try await lines.wait(for: 1)
                await link.hold(.messages)
                try await OnBroker.client(broker.port) { other in
                    for text in ["b", "c"] { try await other.publish("orders", text) }
                }
                try await link.wait { $0.waitingFrames == 2 }
                await link.drop(.before, .client) { $0.word == "GET" }
                let dropped = await link.tap(.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await client.record("space", "key") }
                    try await dropped.wait { $0.contains { $0.hasPrefix("HELLO ") } }
                    await link.release(.messages)
                    try await group.waitForAll()
                }
                try await lines.wait(for: 3)
                go.open()
            }
            #expect(replies.all.contains { $0.hasPrefix("OK resumed=1-3") })
            #expect(commands.all.contains { $0.hasPrefix("RELEASE ") && $0.hasSuffix(" 2-3") })
            #expect(lines.all.sorted() == ["a 1", "b 2", "c 2"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a settling whose reply is lost is told again`() async throws {
        let clock = ManualClock()
        try await OnBroker.link(clock: clock) { _, link, client in
            let commands = await link.tap(.client)
            await link.loseReply(to: "ACK")
            await link.drop(.before, .client, skipping: 1) { $0.word == "ACK" }
            let lines = Recorder<String>()
            let options = ConsumerOptions(grace: .seconds(60), maxFailures: 1)
            try await client.publish("orders", "a")
            try await alongside {
                try await client.consume(
                    "orders", as: "s", from: .earliest, concurrency: 1, options: options
                ) { lines.append($0.line) }
            } _: {
                try await commands.wait { $0.count { $0.hasPrefix("ACK ") } >= 3 }
                // Were it there before, it could be on its way when a connection ends, and come as a second attempt.
                try await client.publish("orders", "b")
                try await commands.wait { $0.count { $0.hasPrefix("ACK ") } >= 4 }
            }
            #expect(lines.all == ["a 1", "b 1"])
            #expect(commands.all.filter { $0.hasPrefix("ACK ") } == ["ACK 1 1", "ACK 1 1", "ACK 1 1", "ACK 1 2"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a session that the broker has forgotten is a new one`() async throws {
        try await OnBroker.link { broker, link, client in
            let lines = Recorder<String>()
            let never = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(grace: .seconds(60))
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    guard lines.all.count == 1 else { return }
                    do { try await never.pass() } catch {
                        lines.append("\(type(of: error))")
                        throw error
                    }
                }
            } _: {
                try await lines.wait(for: 1)
                try await broker.restart(.killed)
                try await lines.wait(for: 3)
            }
            #expect(lines.all.count { $0.hasPrefix("a ") } == 2)
            #expect(lines.all.contains("CancellationError"))
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a lease that ran out while the connection was away is lost`() async throws {
        let clock = ManualClock()
        try await OnBroker.link(clock: clock) { _, link, client in
            let lines = Recorder<String>()
            let never = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(
                    lease: .seconds(10), grace: .seconds(60), backoff: [.seconds(5)])
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    guard !message.isRedelivered else { return }
                    do { try await never.pass() } catch {
                        lines.append("\(type(of: error))")
                        throw error
                    }
                }
            } _: {
                try await lines.wait(for: 1)
                await link.drop(.before, .client) { frame in
                    guard frame.word == "GET" else { return false }
                    clock.advance(by: 10_000)
                    return true
                }
                _ = try await client.record("space", "key")
                clock.advance(by: 6_000)
                try await lines.wait(for: 3)
            }
            #expect(Set(lines.all) == ["a 1", "CancellationError", "a 2"])
        }
    }
}
