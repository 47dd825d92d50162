// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("Chaos") struct ChaosTests {
    @Test func `clients that try again lose nothing`() async throws {
        try await linked { link, broker in
            await link.chaos(
                seed: 7, drop: 0.05, loseReply: 0.05, repeatPublish: 0.1, repeatMessage: 0.1, reorder: 0.1)
            let bodies = (1...80).map { "body-\($0)" }
            try Self.publish(bodies, link.port)
            let seen = try Self.consume(until: Set(bodies), link.port)
            #expect(seen == Set(bodies))
            let counts = await link.counts
            #expect(counts.drops > 0)
            #expect(counts.lostReplies > 0)
            #expect(counts.repeatedPublishes > 0)
            #expect(counts.repeatedMessages > 0)
            #expect(counts.reorderedMessages > 0)
            #expect(counts.connections > counts.drops + counts.lostReplies)
            await link.calm()
            // Publishes that were tried again or repeated are there twice, as nobody gave them ids.
            let offset = try PlainClient(broker.port).ask("PUB a 3", "end").split(separator: " ")[1]
            #expect(try #require(Int(offset)) > bodies.count + counts.repeatedPublishes)
            let client = try PlainClient(link.port)
            for _ in 0..<200 { #expect(try client.ask("PING") == "PONG") }
            let later = await link.counts
            #expect(later.faults == counts.faults)
            #expect(later.waitingFrames == 0)
        }
    }

    private static func publish(_ bodies: [String], _ port: Int) throws {
        var rest = bodies[...]
        while !rest.isEmpty {
            try untilTheEnd {
                let client = try PlainClient(port)
                while let body = rest.first {
                    try client.publish("a", body)
                    rest.removeFirst()
                }
            }
        }
    }

    private static func consume(until bodies: Set<String>, _ port: Int) throws -> Set<String> {
        var seen: Set<String> = []
        while !seen.isSuperset(of: bodies) {
            try untilTheEnd {
                let client = try PlainClient(port)
                let reply = try client.ask("SUB 1 a s from=earliest window=4 backoff=1ms")
                #expect(reply.hasPrefix("OK"), "\(reply)")
                while !seen.isSuperset(of: bodies) {
                    let message = try client.push()
                    seen.insert(
                        String(decoding: message.bytes.dropLast(2).drop { $0 != 0x0A }.dropFirst(), as: UTF8.self))
                    let settled = try client.ask("ACK 1 \(message.fields[2])")
                    #expect(settled == "OK 1", "\(settled)")
                }
            }
        }
        return seen
    }

    /// Runs until it is done or its connection ends.
    private static func untilTheEnd(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as PlainClient.Failure where error == .ended {}
    }
}
