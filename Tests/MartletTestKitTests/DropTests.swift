// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("Drops and lost replies") struct DropTests {
    @Test func `without faults the bytes are the same`() async throws {
        // The same conversation with two brokers, one of them behind a link.
        let clock = ManualClock()
        let say: @Sendable (Int) throws -> [UInt8] = { port in
            let client = try PlainClient(port)
            // Two reads of a broker have no fixed order among pushes and replies, so each is waited for.
            _ = try client.ask("SUB 1 a s from=new window=100")
            for length in [0, 1, 5, 1_000, 200_000] {
                _ = try client.ask(
                    "PUB a \(length) hdr=5 id=i\(length)", "A: b\n" + String(repeating: "y", count: length))
                _ = try client.push()
            }
            for line in ["ACK 1 1-5", "INFO topics", "PEEK a 1 limit=2", "NONSENSE", "", "PUB $x 2"] {
                _ = try client.ask(line, line == "PUB $x 2" ? "ab" : nil)
            }
            client.say("PUB a x")
            #expect(try client.rest().map { $0.hasPrefix("ERR bad-length") } == [true])
            return client.received
        }
        try await linked(clock: clock) { link, _ in
            let through = try say(link.port)
            let counts = await link.counts
            #expect(counts.faults == 0)
            #expect(counts.clientFrames == 13)
            let direct = try await TestBroker.run(clock: clock) { port in try say(port) }
            #expect(Self.withoutSession(through) == Self.withoutSession(direct))
        }
    }

    /// The session in the answer to HELLO is drawn by chance.
    private static func withoutSession(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("session=") }.map(String.init)
    }

    @Test(arguments: [
        (["HELLO 1\r\nPUB a 9999999\r\n"], "ERR too-large"),
        ([String(repeating: "x", count: 1_100)], "ERR hello-required"),
        (["GET / HTTP/1.1\r\n\r\n"], "ERR hello-required"),
        (["HELLO 1\r\n", "PUB a 2\r\nabcdef\r\nPUB b 1\r\n"], "ERR bad-data-end"),
        (["HELLO 1\r\n", String(repeating: "y", count: 5_000)], "ERR line-too-long"),
    ])
    func `what is no frame reaches the broker, who says so`(_ texts: [String], _ error: String) async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port, hello: false)
            for text in texts { client.send(Array(text.utf8)) }
            let last = try #require(try client.rest().last)
            #expect(last.hasPrefix(error), "\(last)")
        }
    }

    @Test func `half a frame and the end of input reach the broker`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            client.say("PUB a 1", "x")
            client.send(Array("PUB a 5\r\nhe".utf8))
            client.endInput()
            #expect(try client.rest() == ["OK 1 subs=0"])
            #expect(try PlainClient(link.port).ask("PUB a 1", "y") == "OK 2 subs=0")
            #expect(await link.counts.faults == 0)
        }
    }

    @Test(arguments: [FaultyLink.DropMoment.before, .after])
    func `a connection drops at the third publish`(_ moment: FaultyLink.DropMoment) async throws {
        try await linked { link, broker in
            await link.drop(moment, .client, skipping: 2) { $0.word == "PUB" }
            let client = try PlainClient(link.port)
            for body in ["a", "b", "c", "d"] { client.say("PUB t 1", body) }
            let replies = try client.rest()
            // Replies that had not come when the connection dropped are lost with it.
            #expect(replies == Array(["OK 1 subs=0", "OK 2 subs=0"].prefix(replies.count)))
            let stored = moment == .before ? 2 : 3
            #expect(try PlainClient(broker.port).ask("PUB t 1", "e") == "OK \(stored + 1) subs=0")
            let other = try PlainClient(link.port)
            try other.publish("t", "f", "g", "h", "i")
            let counts = await link.counts
            #expect(counts.drops == 1)
            #expect(counts.faults == 1)
            #expect(counts.connections == 2)
        }
    }

    @Test(arguments: [FaultyLink.DropMoment.before, .after])
    func `a connection drops at the second message`(_ moment: FaultyLink.DropMoment) async throws {
        try await linked { link, _ in
            await link.drop(moment, .broker, skipping: 1) { $0.word == "MSG" }
            let client = try PlainClient(link.port)
            try client.publish("a", "one", "two", "three")
            #expect(try client.ask("SUB 1 a s from=earliest") == "OK created lease=30s")
            let lines = try client.rest()
            #expect(lines.map { $0.prefix(9) } == (moment == .before ? ["MSG 1 1 1"] : ["MSG 1 1 1", "MSG 1 2 2"]))
            let other = try PlainClient(link.port)
            #expect(try other.ask("SUB 1 a s") == "OK lease=30s")
            #expect(try other.messages(3) == ["1 1 2", "2 2 2", "3 3 2"])
            let counts = await link.counts
            #expect((counts.drops, counts.faults) == (1, 1))
        }
    }

    @Test func `faults that are asked for again meet one connection after another`() async throws {
        try await linked { link, _ in
            await link.drop(.before, .client, times: 3) { $0.word == "PING" }
            for _ in 0..<3 {
                let client = try PlainClient(link.port)
                client.say("PING")
                #expect(try client.rest() == [])
            }
            #expect(try PlainClient(link.port).ask("PING") == "PONG")
            #expect(await link.counts.drops == 3)
        }
    }

    @Test func `a lost reply was one of the broker`() async throws {
        try await linked { link, _ in
            await link.loseReply(to: "PUB", skipping: 1)
            let client = try PlainClient(link.port)
            #expect(try client.ask("PUB a 1", "x") == "OK 1 subs=0")
            client.say("PUB a 1", "y")
            client.say("PUB a 1", "z")
            #expect(try client.rest() == [])
            let counts = await link.counts
            #expect((counts.lostReplies, counts.drops, counts.faults) == (1, 0, 1))
            let other = try PlainClient(link.port)
            let offset = try other.ask("PUB a 1", "v")
            // The third was on its way behind the one whose reply was lost.
            #expect(offset == "OK 4 subs=0" || offset == "OK 3 subs=0")
        }
    }

    @Test func `a message that was acked does not come again when the reply is lost`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            try client.publish("a", "one", "two")
            #expect(try client.ask("SUB 1 a s from=earliest") == "OK created lease=30s")
            #expect(try client.messages(2) == ["1 1 1", "2 2 1"])
            await link.loseReply(to: "ACK")
            client.say("ACK 1 1")
            #expect(try client.rest() == [])
            let other = try PlainClient(link.port)
            #expect(try other.ask("SUB 1 a s") == "OK lease=30s")
            #expect(try other.messages(1) == ["1 2 2"])
            try other.checkQuiet()
            #expect(await link.counts.faults == 1)
        }
    }

    @Test func `a link to nobody ends its connections`() async throws {
        try await linked { link, broker in
            try await broker.stop()
            let client = try PlainClient(link.port, hello: false)
            #expect(try client.rest() == [])
            try await broker.start()
            #expect(try PlainClient(link.port).ask("PING") == "PONG")
        }
    }
}
