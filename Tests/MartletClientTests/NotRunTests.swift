// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletClient

/// A client that is asked for something and that nobody runs.
@Suite(.timeLimit(.minutes(10))) struct NotRunTests {
    private let broker = VirtualBroker()
    private let lines = Recorder<String>()
    private let line = "warning run() of the client hasn't been called yet: until then all that is asked of it waits"

    private func client() throws -> Client {
        try Client(broker.configuration, logger: RecordedLog.logger(lines), transport: broker.transport)
    }

    /// Has a task ask for something, which is cancelled after the body.
    private func asking(
        _ client: Client, _ question: @escaping @Sendable (Client) async throws -> Void,
        _ body: () async throws -> Void
    ) async throws {
        let errors = Recorder<String>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await question(client) } catch { errors.append("\(type(of: error))") }
            }
            await until { !client.intake.isIdle }
            try await body()
            group.cancelAll()
        }
        #expect(errors.all == ["CancellationError"])
    }

    @Test func `it says so once, after a second, whatever it is asked for`() async throws {
        let client = try client()
        try await asking(client) {
            try await $0.publish(Draft("t", body: []))
        } _: {
            await broker.loop.advanceTime(by: .milliseconds(999))
            #expect(lines.all == [])
            await broker.loop.advanceTime(by: .milliseconds(1))
            #expect(lines.all == [line])
        }
        try await asking(client) {
            _ = try await $0.record("s", "k")
        } _: {
            await broker.loop.advanceTime(by: .hours(1))
        }
        #expect(lines.all == [line])
    }

    @Test func `one that is run in time says nothing`() async throws {
        let client = try client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.publish(Draft("t", body: [])) }
            await until { !client.intake.isIdle }
            await broker.loop.advanceTime(by: .milliseconds(999))
            group.addTask { try await client.run() }
            let connection = try await broker.next()
            try await connection.greet()
            #expect(try await connection.line().hasPrefix("PUB t 0"))
            await broker.loop.advanceTime(by: .seconds(2))
            #expect(lines.all == [])
            group.cancelAll()
            await broker.loop.advanceTime(by: .hours(1))
            do { try await group.waitForAll() } catch {}
        }
    }

    @Test(arguments: 0..<6) func `what it is asked for can be cancelled`(_ kind: Int) async throws {
        let client = try client()
        try await asking(client) { client in
            switch kind {
            case 0: try await client.publish(Draft("t", body: []))
            case 1:
                var batch = try MessageBatch("t")
                try batch.append([])
                _ = try await client.publish(batch)
            case 2: try await client.setRecord("s", "k", to: [], expecting: .any)
            case 3: try await client.consume("t", as: "s") { _ in }
            case 4: try await client.step("t", as: "s") { _, _ in }
            default: for try await _ in try client.deliveries("t", as: "s") {}
            }
        } _: {
        }
        #expect(client.intake.load == (0, 0))
    }

    @Test func `a publish that is cancelled leaves its place to others`() async throws {
        var configuration = broker.configuration
        configuration.maxInFlightMessages = 1
        let client = try Client(configuration, logger: .silent, transport: broker.transport)
        try await asking(client) {
            try await $0.publish(Draft("t", body: []))
        } _: {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await client.publish(Draft("t", body: [])) }
                }
                await until { client.intake.load == (1, 1) }
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(client.intake.load == (1, 0))
        }
        #expect(client.intake.load == (0, 0))
    }
}
