// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletClient

/// A task can be cancelled at each place where it waits, and leaves nothing behind.
struct CancellationTests {
    /// Answers the greeting and nothing else.
    private static let mute: FakeServer.Script = { $0.word == "HELLO" ? .greeting : $0.word == "BYE" ? .die : .silence }

    /// Runs work as a task of its own, which is cancelled when `moment` returns.
    ///
    /// - Returns: what the work threw.
    private func cancelled(
        _ work: @escaping @Sendable () async throws -> Void, when moment: () async throws -> Void
    ) async throws -> any Error {
        try await withThrowingTaskGroup(of: (any Error)?.self) { group in
            group.addImmediateTask {
                do {
                    try await work()
                    return nil
                } catch {
                    return error
                }
            }
            try await moment()
            group.cancelAll()
            return try #require(try await group.next() ?? nil)
        }
    }

    private func isUnknown(_ error: any Error) -> Bool {
        (error as? ClientError)?.code == .unknown && (error as? ClientError)?.cause is CancellationError
    }

    @Test func `a publish that was not written was not sent`() async throws {
        try await FakeServer.with { _ in
            .silence
        } _: { server in
            try await Client.with(server.configuration(), logger: .silent) { client in
                let error = try await cancelled {
                    _ = try await client.publish(Draft("t", body: []))
                } when: {
                    #expect(client.intake.load.messages == 1)
                }
                #expect(error is CancellationError)
                await until { client.intake.load == (0, 0) }
            }
        }
    }

    @Test func `a publish that was written keeps its slot until it is answered`() async throws {
        try await FakeServer.with(Self.mute) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                let error = try await cancelled {
                    _ = try await client.publish(Draft("t", body: []))
                } when: {
                    _ = await frames.next("PUB")
                }
                #expect(isUnknown(error))
                #expect(client.intake.load == (1, 0))
                try await server.send("OK 1\r\n")
                await until { client.intake.load == (0, 0) }
            }
        }
    }

    @Test func `a publish that was written and cancelled is not sent again`() async throws {
        let broker = FakeBroker()
        let script: FakeServer.Script = { frame in
            frame.connection == 0 ? Self.mute(frame) : .send(broker.answer(frame))
        }
        try await FakeServer.with(script) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                _ = try await cancelled {
                    _ = try await client.publish(Draft("t", body: [49]))
                } when: {
                    _ = await frames.next("PUB")
                }
                try await server.kill(0)
                await until { client.intake.load == (0, 0) }
                #expect(try await client.publish(Draft("t", body: [50])).offset == 1)
            }
            #expect(broker.messages.map(\.body) == ["2"])
        }
    }

    @Test func `a publish that waits to be sent again frees its slot`() async throws {
        let script: FakeServer.Script = { frame in
            guard frame.connection == 0 else { return .silence }
            return frame.word == "HELLO" ? .greeting : .die
        }
        try await FakeServer.with(script) { server in
            var frames = server.frames.makeAsyncIterator()
            var configuration = server.configuration()
            configuration.drainTimeout = .zero
            try await Client.with(configuration, logger: .silent) { client in
                let error = try await cancelled {
                    _ = try await client.publish(Draft("t", body: []))
                } when: {
                    _ = await frames.next("PUB")
                    _ = await frames.next("HELLO")
                }
                #expect(isUnknown(error))
                await until { client.intake.load == (0, 0) }
            }
        }
    }

    @Test func `a publish that waits for room leaves the others their place`() async throws {
        try await FakeServer.with(Self.mute) { server in
            var configuration = server.configuration()
            configuration.maxInFlightMessages = 1
            try await Client.with(configuration, logger: .silent) { client in
                async let first = client.publish(Draft("t", body: [49]))
                await until { client.intake.load.messages == 1 }
                let error = try await cancelled {
                    _ = try await client.publish(Draft("t", body: [50]))
                } when: {
                    #expect(client.intake.load == (1, 1))
                }
                #expect(error is CancellationError)
                #expect(client.intake.load == (1, 0))
                var frames = server.frames.makeAsyncIterator()
                _ = await frames.next("PUB")
                try await server.send("OK 1\r\n")
                let confirmed = try await first
                #expect(confirmed.offset == 1)
            }
        }
    }

    @Test func `a half-answered batch is unknown and its slots come back`() async throws {
        try await FakeServer.with(Self.mute) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                var batch = try MessageBatch("t")
                for _ in 0..<3 { try batch.append([120]) }
                let three = batch
                let error = try await cancelled {
                    _ = try await client.publish(three)
                } when: {
                    for _ in 0..<3 { _ = await frames.next("PUB") }
                    try await server.send("OK 1\r\n")
                }
                #expect(isUnknown(error))
                try await server.send("OK 2\r\nOK 3\r\n")
                await until { client.intake.load == (0, 0) }
                async let later = client.publish(Draft("t", body: []))
                _ = await frames.next("PUB")
                try await server.send("OK 4\r\n")
                let confirmed = try await later
                #expect(confirmed.offset == 4)
            }
        }
    }

    @Test func `a question that is cancelled does not shift the answers`() async throws {
        try await FakeServer.with(Self.mute) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                let error = try await cancelled {
                    _ = try await client.record("s", "first")
                } when: {
                    _ = await frames.next("GET")
                }
                #expect(isUnknown(error))
                async let second = client.record("s", "second")
                _ = await frames.next("GET")
                try await server.send("DATA 1 version=1 time=1\r\na\r\nDATA 1 version=2 time=1\r\nb\r\n")
                let record = try await second
                #expect(record?.value == [98])
            }
        }
    }

    @Test func `a consumer that is cancelled gives its messages back`() async throws {
        let broker = FakeBroker([FakeBroker.Stored(topic: "work", body: "w")])
        try await FakeServer.with {
            .send(broker.answer($0))
        } _: { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                let (started, start) = AsyncStream.makeStream(of: Void.self)
                let error = try await cancelled {
                    try await client.consume("work", as: "s") { _ in
                        start.yield()
                        try await client.wait(milliseconds: .max)
                    }
                } when: {
                    for await _ in started { break }
                }
                #expect(error is CancellationError)
                #expect(await frames.next("UNSUB") != nil)
            }
            #expect(broker.acked == [])
        }
    }

    @Test(arguments: [false, true])
    func `an iteration that is cancelled ends`(isConnected: Bool) async throws {
        let broker = FakeBroker()
        try await FakeServer.with {
            isConnected ? .send(broker.answer($0)) : .silence
        } _: { server in
            var frames = server.frames.makeAsyncIterator()
            var configuration = server.configuration()
            configuration.drainTimeout = .zero
            try await Client.with(configuration, logger: .silent) { client in
                let error = try await cancelled {
                    for try await _ in try client.deliveries("work", as: "s") {}
                } when: {
                    _ = await frames.next(isConnected ? "SUB" : "HELLO")
                }
                #expect(error is CancellationError)
                if isConnected { #expect(await frames.next("UNSUB") != nil) }
            }
        }
    }

    @Test func `a task that is cancelled already asks for nothing`() async throws {
        try await FakeServer.with(Self.mute) { server in
            try await Client.with(server.configuration(), logger: .silent) { client in
                await withTaskGroup(of: Void.self) { group in
                    group.cancelAll()
                    group.addTask {
                        await #expect(throws: CancellationError.self) {
                            try await client.publish(Draft("t", body: []))
                        }
                        await #expect(throws: CancellationError.self) { try await client.record("s", "k") }
                        await #expect(throws: CancellationError.self) {
                            try await client.consume("work", as: "s") { _ in }
                        }
                    }
                }
                #expect(client.intake.load == (0, 0))
            }
        }
    }
}
