// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletTestKit
import NIOCore
import Testing

@testable import MartletClient

/// What a client makes of `GONE`: a consumer that was ended without having asked for it.
@Suite(.timeLimit(.minutes(10))) struct GoneTests {
    /// A broker that hands a message to the first consumer, and says what the test says when it gets a `PUB`.
    private func script(_ pushes: String) -> FakeServer.Script {
        { frame in
            switch frame.word {
            case "HELLO": .greeting
            case "SUB" where frame.words[1] == "1": .send("OK lease=30s\r\nMSG 1 1 1 1 1 time=1\r\nx\r\n")
            case "SUB": .send("OK lease=30s\r\n")
            case "PUB": .send("OK 1\r\n" + pushes)
            default: .send("OK 1\r\n")
            }
        }
    }

    @Test func `a consumer whose subscription is deleted ends with an error, and its handler is cancelled`()
        async throws
    {
        try await FakeServer.with(script("LOST 1 1 deleted\r\nGONE 1 deleted\r\n")) { server in
            try await Client.with(server.configuration(), logger: .silent) { client in
                let ends = Recorder<String>()
                let error = await #expect(throws: ClientError.self) {
                    try await client.consume("work", as: "s") { _ in
                        try await client.publish(Draft("t", body: []))
                        do { try await Recorder<Int>().wait(for: 1) } catch { ends.append("\(type(of: error))") }
                    }
                }
                #expect(error?.code == .gone("deleted"))
                #expect(error?.message == "the consumer of work as s was ended: deleted")
                #expect(ends.all == ["CancellationError"])
                // The connection goes on.
                let next = try await client.publish(Draft("t", body: []))
                #expect(next.offset == 1)
                #expect(server.connections == 1)
            }
        }
    }

    private func error(of client: Client) async throws -> ClientError? {
        do {
            for try await _ in try client.deliveries("work", as: "other") {}
            return nil
        } catch let error as ClientError {
            return error
        }
    }

    @Test func `one that holds nothing ends too, and another goes on`() async throws {
        try await FakeServer.with(script("GONE 2 deleted\r\nGONE 7 deleted\r\n")) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                let first = try client.deliveries("work", as: "s").makeAsyncIterator()
                let delivery = try #require(try await first.next())
                _ = await frames.next("SUB")
                async let end = error(of: client)
                _ = await frames.next("SUB")
                try await client.publish(Draft("t", body: []))
                let error = try await end
                #expect(error?.code == .gone("deleted"))
                #expect(!delivery.isLost)
                try await delivery.ack()
            }
        }
    }

    @Test func `a consumer that is gone asks the next connection for nothing`() async throws {
        try await FakeServer.with(script("GONE 1 deleted\r\n")) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                await #expect(throws: ClientError.self) {
                    try await client.consume("work", as: "s") { _ in try await client.publish(Draft("t", body: [])) }
                }
                try await server.kill(0)
                try await client.publish(Draft("t", body: []))
            }
            var words: [String] = []
            while words.last != "BYE", let frame = await frames.next() { words.append(frame.word) }
            #expect(words.count { $0 == "SUB" } == 1)
            #expect(words.count { $0 == "HELLO" } == 2)
        }
    }

    @Test func `it is read with and without a reason, and nonsense is not`() throws {
        for (line, expected) in [
            ("GONE 7 deleted\r\n", "7 deleted"), ("GONE 7\r\n", "7 unknown"), ("GONE 7 a b=%FF\n", "7 a"),
        ] {
            var parser = IncomingParser()
            Array(line.utf8).withUnsafeBytes { parser.append($0) }
            guard case .incoming(.gone(let consumer, let reason)) = try parser.next() else {
                Issue.record("\(line)")
                continue
            }
            #expect("\(consumer) \(reason)" == expected)
        }
        for line in ["GONE\r\n", "GONE x deleted\r\n", "GONE -1 deleted\r\n", "WENT 1 deleted\r\n"] {
            var parser = IncomingParser()
            Array(line.utf8).withUnsafeBytes { parser.append($0) }
            #expect(throws: ClientError.self) { try parser.next() }
        }
    }

    @Test func `a blocking connection hands it on`() async throws {
        try await FakeServer.with(script("GONE 1 deleted\r\n")) { server in
            let configuration = server.configuration()
            let reason = try await withCheckedThrowingContinuation { waiter in
                Thread.detachNewThread {
                    waiter.resume(
                        with: Result {
                            let connection = try BlockingConnection(configuration)
                            connection.send { $0.writeString("PUB t 0\n\n") }
                            while true {
                                guard case .incoming(let incoming) = try connection.next() else { continue }
                                if case .gone(let consumer, let reason) = incoming {
                                    #expect(connection.unanswered == 0)
                                    return "\(consumer) \(reason)"
                                }
                            }
                        })
                }
            }
            #expect(reason == "1 deleted")
        }
    }
}
