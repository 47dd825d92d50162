// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import Testing

@Suite("Bytes and conversation") struct FrameTests {
    @Test func `replies keep the order of the commands, errors among them`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(
                "PING\r\nPUB a 1\r\nx\r\nNONSENSE\r\nPUB a 1 colour=red\r\nx\r\nINFO topic a\r\nACK 9 1\r\n"
                    + "SUB 1 a s\r\nSUB 1 a s from=new\r\nPUB $x 1\r\nx\r\nPUB a 1\r\nx\r\nWINDOW 1 5\r\nPING\r\n")
            let replies = try (0..<12).map { _ in try client.reply().line }
            let expected = [
                "PONG", "OK 1 subs=0", "ERR bad-command", "ERR bad-option", "DATA ", "ERR unknown-consumer",
                "ERR start-required", "OK created lease=30s", "ERR denied", "OK 2", "OK", "PONG",
            ]
            #expect(zip(replies, expected).allSatisfy { $0.hasPrefix($1) }, "\(replies)")
        }
    }

    @Test func `an answer shows what was published before the question`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send("PUB a 1\r\nx\r\nPUB a 1\r\ny\r\nINFO topic a\r\nPEEK a 2\r\n")
            #expect(try client.reply().line == "OK 1 subs=0")
            #expect(try client.reply().line == "OK 2 subs=0")
            #expect(try client.reply().body.contains(#""next":3"#))
            #expect(try client.reply().body.contains(#""body":"y""#))
        }
    }

    @Test func `frames torn at each byte get the same replies`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            let script =
                "HELLO 1\r\nPUB a 5 id=i hdr=5\r\nA: b\nhello\r\nPUB a 3\nx\ry\nSUB 1 a s from=earliest\r\n"
                + "NONSENSE\r\nACK 1 1-2\r\nPUB a 1 oops\r\nx\r\nPING\r\n"
            for byte in script.utf8 { try client.send([byte]) }
            #expect(try client.reply().line.hasPrefix("OK 1 martlet/"))
            #expect(try client.reply().line == "OK 1 subs=0")
            #expect(try client.reply().line == "OK 2 subs=0")
            #expect(try client.reply().line == "OK created lease=30s")
            #expect(try client.reply().line.hasPrefix("ERR bad-command "))
            #expect(try client.reply().line.hasPrefix("OK "))
            #expect(try client.reply().line.hasPrefix("ERR bad-option "))
            #expect(try client.reply().line == "PONG")
            #expect(try client.message().body == "hello")
            #expect(try client.message().body == "x\ry")
        }
    }

    @Test func `a bare LF ends a line as well`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            try client.send("HELLO 1\nPUB a 1\nx\nPING\n")
            #expect(try client.reply().line.hasPrefix("OK 1 martlet/"))
            #expect(try client.reply().line == "OK 1 subs=0")
            #expect(try client.reply().line == "PONG")
        }
    }

    @Test(arguments: ["\r\n", "\n"])
    func `a line of the limit is read and one byte more ends the conversation`(end: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send("PING " + String(repeating: "x", count: 4_091) + end)
            #expect(try client.reply().line.hasPrefix("ERR bad-option "))
            try client.send("PING " + String(repeating: "x", count: 4_092) + end + "PUB b 1\r\nx\r\n")
            try client.checkEnd(fails: "line-too-long")
            try WireClient(port).check("INFO topic b", fails: "unknown-topic")
        }
    }

    @Test func `a line without end is refused as soon as it is too long`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(String(repeating: "x", count: 5_000))
            try client.checkEnd(fails: "line-too-long")
        }
    }

    @Test(arguments: ["PUB a 5\r\nhelloX\r\n", "PUB a 5\r\nhello\rX", "PUB a 0\r\nPING\r\n"])
    func `data that does not end where it should ends the conversation`(frame: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send("PUB b 1\r\nx\r\n" + frame + "PUB b 1\r\nx\r\nBYE\r\n")
            #expect(try client.reply().line == "OK 1 subs=0")
            try client.checkEnd(fails: "bad-data-end")
            let other = try WireClient(port)
            #expect(try other.object("INFO topic b")["messages"] as? Int == 1)
            try other.check("INFO topic a", fails: "unknown-topic")
        }
    }

    @Test func `the value of a refused SET is skipped`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SET space key 4 version=none", "PING", fails: "bad-option")
            try client.check("PING", is: "PONG")
            try client.say("SET space key x")
            try client.checkEnd(fails: "bad-length")
        }
    }

    @Test(arguments: [
        "PARK 1", "BEGIN x", "COMMIT x", "ABORT x", "OUTCOME", "GET a", "UNSET a b", "LIST", "RECEIPT 1 i",
        "ALTER a", "PAUSE a", "RESUME a", "SEEK a s first", "SCHEDULED", "CANCEL a", "RESCHEDULE a i", "PARKED a",
        "WHY a o-1", "TREE", "REDRIVE a", "RESOLVE a s 1 nack", "EXPECT p a", "UNEXPECT p", "QUIT", "ping",
        "PING\u{e9}",
    ])
    func `what is no command, or half of one, is refused`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            let reply = try client.ask(line)
            #expect(reply.hasPrefix("ERR bad-"), "\(reply)")
            try client.check("PING", is: "PONG")
        }
    }

    @Test(arguments: [" PING", "PING ", "ACK  1 1", "ACK 1\t1", "ACK 1 1\u{0}"])
    func `fields are printable and separated by exactly one space`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, fails: "bad-argument")
            try client.check("PING", is: "PONG")
        }
    }

    @Test func `an empty line is no command`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            #expect(try client.ask("").hasPrefix("ERR bad-"))
            try client.check("PING", is: "PONG")
        }
    }
}
