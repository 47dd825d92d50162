// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("A broker that a test restarts") struct RunningBrokerTests {
    @Test func `a restart keeps port and messages, and says goodbye`() async throws {
        try await linked { link, broker in
            let port = broker.port
            let clients = [try PlainClient(port), try PlainClient(link.port)]
            try clients[0].publish("a", "one")
            try await broker.restart()
            for client in clients { #expect(try client.rest() == ["BYE reason=shutdown"]) }
            #expect(broker.port == port)
            for port in [port, link.port] { #expect(try PlainClient(port).ask("PING") == "PONG") }
            #expect(try PlainClient(port).ask("PUB a 3", "two") == "OK 2 subs=0")
        }
    }

    @Test func `a kill says nothing, and what was in flight comes again`() async throws {
        try await linked { link, broker in
            let clients = [try PlainClient(broker.port), try PlainClient(link.port)]
            try clients[0].publish("a", "one", "two")
            #expect(try clients[0].ask("SUB 1 a s from=earliest max-failures=1") == "OK created lease=30s")
            #expect(try clients[0].messages(2) == ["1 1 1", "2 2 1"])
            #expect(try clients[0].ask("ACK 1 2") == "OK 1")
            // A connection that ends after a TOUCH is a failure, which a broker that is killed cannot note.
            #expect(try clients[0].ask("TOUCH 1 1").hasPrefix("OK 1 until="))
            try await broker.restart(.killed)
            for client in clients { #expect(try client.rest() == []) }
            let client = try PlainClient(link.port)
            #expect(try client.ask("SUB 1 a s") == "OK lease=30s")
            #expect(try client.messages(1) == ["1 1 1"])
            try client.checkQuiet()
        }
    }

    @Test func `restarts may follow one another`() async throws {
        try await linked { link, broker in
            for round in 1...6 {
                let reply = try PlainClient(link.port).ask("PUB a 1", "x")
                #expect(reply == "OK \(round) subs=0")
                try await broker.restart(round.isMultiple(of: 2) ? .graceful : .killed)
            }
            try await broker.stop()
            try await broker.stop(.killed)
            try await broker.start()
            try await broker.start()
            #expect(try PlainClient(broker.port).ask("PUB a 1", "x") == "OK 7 subs=0")
        }
    }

    @Test func `a restart in a task that was cancelled is a restart`() async throws {
        try await linked { _, broker in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    #expect(Task.isCancelled)
                    try await broker.restart(.killed)
                }
                try await group.waitForAll()
            }
            #expect(try PlainClient(broker.port).ask("PING") == "PONG")
        }
    }

    @Test func `a test that was given up starts no broker again`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await TestBroker.with { broker in
                    withUnsafeCurrentTask { $0?.cancel() }
                    await #expect(throws: CancellationError.self) { try await broker.restart() }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `what the test throws ends the broker`() async throws {
        struct Stop: Error {}
        let folder = try TemporaryFolder()
        _ = await #expect(throws: Stop.self) {
            try await TestBroker.with(folder: folder) { _ in throw Stop() }
        }
        try await TestBroker.with(folder: folder) { _ in }
    }

    @Test func `a clock that moves wakes the broker`() async throws {
        let clock = ManualClock()
        try await linked(clock: clock) { _, broker in
            let client = try PlainClient(broker.port)
            try client.publish("a", "one")
            #expect(try client.ask("SUB 1 a s from=earliest lease=10s") == "OK created lease=10s")
            #expect(try client.messages(1) == ["1 1 1"])
            clock.advance(by: 10_000)
            #expect(try client.messages(1) == ["LOST 1 1 timeout"])
            try await broker.restart()
            let other = try PlainClient(broker.port)
            #expect(try other.ask("SUB 1 a s") == "OK lease=10s")
            clock.advance(by: 60_000)
            #expect(try other.messages(1) == ["1 1 2"])
        }
    }

    @Test func `a wait for counts ends with the link`() async throws {
        try await linked { link, _ in
            _ = await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await link.wait { _ in false } }
                    group.addTask { await link.stop() }
                    try await group.waitForAll()
                }
            }
        }
    }
}
