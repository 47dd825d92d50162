// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// A subscription that is deleted while the connection of its consumer is gone and may come back.
    struct GoneTests {
        private static let ask = "SUB 1 orders main"

        /// Three messages, of which a consumer acked the first; its connection is gone, and its session is given.
        private func prepare(_ broker: BrokerProcess) throws -> String {
            let client = try WireConnection(port: broker.port)
            for (number, name) in [(1, "main"), (2, "other")] {
                let reply = try client.request("SUB \(number) orders \(name) from=earliest grace=5m lease=10m")
                #expect(reply.line.hasPrefix("OK created"))
            }
            for sequence in 1...3 {
                let identity = MessageIdentity(publisher: 1, sequence: sequence)
                client.send("PUB orders 100 id=\(identity)", body: MessageBody.make(identity, size: 100))
            }
            try client.flush()
            var (messages, confirms) = (0, 0)
            while messages < 6 || confirms < 3 {
                switch try client.next() {
                case .message: messages += 1
                case .reply: confirms += 1
                default: Issue.record("neither a message nor a confirm")
                }
            }
            #expect(try client.request("ACK 1 1").line == "OK 1")
            return client.session
        }

        /// Deletes what the consumer reads, once the broker knows that its connection is gone.
        private func delete(_ broker: BrokerProcess) throws {
            let client = try WireConnection(port: broker.port)
            while !String(decoding: try client.request("INFO").data, as: UTF8.self).contains(#""connections":1,"#) {
                usleep(10_000)
            }
            #expect(try client.request("DELETE subscription orders main").line == "OK")
        }

        /// What the consumers of a connection get: consumer, offset, attempt.
        private func messages(_ count: Int, _ client: WireConnection) throws -> [[Int]] {
            try (0..<count).map { _ in
                guard case .message(let message) = try client.next() else { return [] }
                return [message.consumer, message.offset, message.attempt]
            }
        }

        /// The client knows the end, and what it reads is as new when it is made again.
        private func checkEnd(_ client: WireConnection) throws {
            #expect(try client.request("ACK 1 2-3").line.hasPrefix("ERR unknown-consumer"))
            #expect(try client.request("INFO subscription orders main").line.hasPrefix("ERR unknown-subscription"))
            #expect(try client.request(Self.ask).line.hasPrefix("ERR start-required"))
            #expect(try client.request(Self.ask + " from=earliest").line.hasPrefix("OK created"))
            #expect(try messages(3, client) == [[1, 1, 1], [1, 2, 1], [1, 3, 1]])
        }

        @Test func `a client that comes back is told what has ended meanwhile`() async throws {
            try await onThread {
                let folder = DataFolder()
                let broker = try BrokerProcess(folder: folder.path)
                let session = try prepare(broker)
                try delete(broker)
                let client = try WireConnection(port: broker.port, session: session)
                #expect(client.session == session)
                var told: [String] = []
                while told.count < 2, case .lost(let line) = try client.next() { told.append(line) }
                #expect(told == ["LOST 1 2-3 deleted", "GONE 1 deleted"])
                try checkEnd(client)
                // What was not deleted has waited for it.
                #expect(try client.request("SUB 2 orders other").line.hasPrefix("OK resumed=1-3"))
                try broker.kill()
            }
        }

        @Test func `a kill brings nothing back that was deleted, and a client that comes back is not misled`()
            async throws
        {
            try await onThread {
                let folder = DataFolder()
                let first = try BrokerProcess(folder: folder.path)
                let session = try prepare(first)
                try delete(first)
                try first.kill()
                let broker = try BrokerProcess(folder: folder.path)
                let client = try WireConnection(port: broker.port, session: session)
                // Another session says that all consumers have ended.
                #expect(client.session != session)
                try checkEnd(client)
                #expect(try client.request("SUB 2 orders other").line.hasPrefix("OK lease="))
                #expect(try messages(3, client).map { $0.prefix(2) } == [[2, 1], [2, 2], [2, 3]])
                try broker.kill()
            }
        }
    }
}
