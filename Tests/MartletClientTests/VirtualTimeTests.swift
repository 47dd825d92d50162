// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import MartletClient

/// What a client does as time goes by, on a loop whose time the tests move.
@Suite(.timeLimit(.minutes(10))) struct VirtualTimeTests {
    /// Consumes one message, which is not settled until the body is over.
    private func consuming(
        _ options: ConsumerOptions = ConsumerOptions(), _ broker: VirtualBroker,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await broker.with { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await _ in try client.deliveries("orders", as: "s", options: options) {}
                }
                try await body()
                group.cancelAll()
                do { for try await _ in group {} } catch is CancellationError {}
            }
        }
    }

    /// How the broker answers SUB, what the consumer says, and when signs of life are given, in milliseconds.
    static let leases: [(answer: String, given: Duration?, third: Int64)] = [
        ("OK created lease=90s", nil, 30_000), ("OK lease=1500ms", nil, 500), ("OK created lease=5m", nil, 100_000),
        ("OK lease=1h", .seconds(9), 1_200_000), ("OK", .seconds(9), 3_000), ("OK created", nil, 10_000),
        ("OK lease=soon", .seconds(9), 3_000), ("OK lease=0s", nil, 10_000), ("OK lease=100ms", nil, 100),
        ("OK resumed=1 lease=3s", nil, 1_000), ("OK resumed lease=3s unknown=x bare", nil, 1_000),
    ]

    @Test(arguments: leases)
    func `signs of life come at each third of the lease that the broker tells`(
        answer: String, given: Duration?, third: Int64
    ) async throws {
        let broker = VirtualBroker()
        try await consuming(ConsumerOptions(lease: given), broker) {
            let connection = try await broker.next()
            try await connection.greet("heartbeat=3600")
            #expect(try await connection.line().hasPrefix("SUB 1 orders s window=16"))
            try await connection.say(answer)
            try await connection.say("MSG 1 7 1 1 1 time=1\r\nx")
            for _ in 1...3 {
                await broker.loop.advanceTime(by: .milliseconds(third - 1))
                #expect(try await connection.lines().filter { $0 != "RELEASE 1 1" } == [])
                await broker.loop.advanceTime(by: .milliseconds(1))
                #expect(try await connection.lines() == ["TOUCH 1 7"])
                try await connection.say("OK 1 until=1")
            }
        }
    }

    @Test func `a subscription that has another lease on the next connection has another rhythm`() async throws {
        let broker = VirtualBroker()
        try await consuming(ConsumerOptions(), broker) {
            let first = try await broker.next()
            try await first.greet("heartbeat=3600")
            _ = try await first.line()
            try await first.say("OK lease=30s")
            try await first.channel.close()
            await broker.loop.advanceTime(by: .milliseconds(1))
            let second = try await broker.next()
            try await second.greet("heartbeat=3600")
            #expect(try await second.line().hasPrefix("SUB 1 orders s"))
            try await second.say("OK lease=3s")
            try await second.say("MSG 1 1 1 1 1 time=1\r\nx")
            await broker.loop.advanceTime(by: .milliseconds(999))
            #expect(try await second.lines() == [])
            await broker.loop.advanceTime(by: .milliseconds(1))
            #expect(try await second.lines() == ["TOUCH 1 1"])
        }
    }

    @Test func `a client that has nothing to say shows at each half of a heartbeat that it lives`() async throws {
        let broker = VirtualBroker()
        try await broker.with { _ in
            let connection = try await broker.next()
            try await connection.greet("heartbeat=10")
            for _ in 1...3 {
                await broker.loop.advanceTime(by: .milliseconds(4_999))
                #expect(try await connection.lines() == [])
                await broker.loop.advanceTime(by: .milliseconds(1))
                #expect(try await connection.lines() == ["PING"])
                try await connection.say("PONG")
            }
        }
    }

    @Test func `a broker that is silent for two heartbeats is left`() async throws {
        let broker = VirtualBroker()
        try await broker.with { _ in
            let connection = try await broker.next()
            try await connection.greet("heartbeat=10")
            // Looked at each five seconds: at 20 s the silence is not longer than two heartbeats.
            await broker.loop.advanceTime(by: .seconds(20))
            #expect(connection.channel.isActive)
            await broker.loop.advanceTime(by: .seconds(5))
            #expect(!connection.channel.isActive)
            await broker.loop.advanceTime(by: .milliseconds(1))
            try await broker.next().greet()
        }
    }

    @Test func `a peer that does not answer the greeting in time is left`() async throws {
        let broker = VirtualBroker()
        var configuration = broker.configuration
        configuration.connectTimeout = .seconds(2)
        try await broker.with(configuration) { _ in
            let connection = try await broker.next()
            #expect(try await connection.line() == "HELLO 1 client=test heartbeat=30")
            await broker.loop.advanceTime(by: .milliseconds(1_999))
            #expect(connection.channel.isActive)
            await broker.loop.advanceTime(by: .milliseconds(1))
            #expect(!connection.channel.isActive)
        }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.9", "HTTP/1.1 400 Bad Request", "OK 2 martlet/9", "MSG 1 1 1 1 0 time=1\r\n", "",
    ])
    func `a peer that says something else is left at once`(line: String) async throws {
        let broker = VirtualBroker()
        try await broker.with { _ in
            let connection = try await broker.next()
            _ = try await connection.line()
            try await connection.say(line)
            #expect(!connection.channel.isActive)
        }
    }
}
