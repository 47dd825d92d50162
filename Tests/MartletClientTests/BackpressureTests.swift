// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletClient

/// What is unconfirmed is bounded; who publishes more waits in order.
struct BackpressureTests {
    @Test func `publishers beyond the limit wait and go on in their order`() async throws {
        let script: FakeServer.Script = { $0.word == "HELLO" ? .greeting : $0.word == "BYE" ? .die : .silence }
        try await FakeServer.with(script) { server in
            var configuration = server.configuration()
            configuration.maxInFlightMessages = 2
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(configuration, logger: .silent) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 1...5 {
                        group.addImmediateTask {
                            let publication = try await client.publish(Draft("t", body: Array("\(number)".utf8)))
                            #expect(publication.offset == UInt64(number))
                        }
                    }
                    #expect(client.intake.load == (2, 3))
                    #expect(await frames.next("PUB")?.body == "1")
                    #expect(await frames.next("PUB")?.body == "2")
                    for number in 1...5 {
                        #expect(client.intake.load == (min(2, 6 - number), max(0, 4 - number)))
                        try await server.send("OK \(number)\r\n")
                        if number <= 3 { #expect(await frames.next("PUB")?.body == "\(number + 2)") }
                        await until { client.intake.load == (min(2, 5 - number), max(0, 3 - number)) }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a batch larger than the limit goes alone`() async throws {
        let broker = FakeBroker()
        try await FakeServer.with {
            .send(broker.answer($0))
        } _: { server in
            var configuration = server.configuration()
            configuration.maxInFlightMessages = 2
            configuration.maxInFlightBytes = 100
            try await Client.with(configuration, logger: .silent) { client in
                var batch = try MessageBatch("t")
                for _ in 0..<50 { try batch.append([120]) }
                let large = batch
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addImmediateTask {
                        let first = try await client.publish(Draft("t", body: []))
                        #expect(first.offset == 1)
                    }
                    group.addImmediateTask {
                        let second = try await client.publish(large)
                        #expect(second.runs.map(\.firstOffset) == [2])
                    }
                    group.addImmediateTask {
                        let third = try await client.publish(Draft("t", body: []))
                        #expect(third.offset == 52)
                    }
                    try await group.waitForAll()
                }
                #expect(client.intake.load == (0, 0))
            }
        }
    }

    @Test func `without a connection no more is taken on than the limits`() async throws {
        try await FakeServer.with { _ in
            .silence
        } _: { server in
            var configuration = server.configuration()
            configuration.maxInFlightBytes = 900
            configuration.drainTimeout = .zero
            let client = try Client(configuration, logger: .silent)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await client.run() }
                for _ in 0..<100 {
                    group.addImmediateTask {
                        await #expect(throws: ClientError.self) {
                            try await client.publish(Draft("t", body: Array(repeating: 120, count: 400)))
                        }
                    }
                }
                #expect(client.intake.load == (2, 98))
                client.shutDown()
            }
        }
    }
}
