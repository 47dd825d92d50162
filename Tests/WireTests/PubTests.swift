// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import Testing

@Suite("PUB") struct PubTests {
    @Test func `offsets count up from 1, and each topic has its own`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB orders 5", "hello", is: "OK 1 subs=0")
            try client.check("PUB orders 5", "again", is: "OK 2 subs=0")
            try client.check("PUB bills 5", "other", is: "OK 1 subs=0")
        }
    }

    @Test func `subs=0 is said only while no subscription will see the message`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1", "x", is: "OK 1 subs=0")
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("PUB a 1", "x", is: "OK 2")
            try client.check("DELETE subscription a s", is: "OK")
            try client.check("PUB a 1", "x", is: "OK 3 subs=0")
        }
    }

    @Test func `offsets of two connections are one sequence`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            for _ in 0..<50 {
                try first.say("PUB a 1", "x")
                try second.say("PUB a 1", "y")
            }
            var offsets: [UInt64] = []
            for client in [first, second] {
                let own = try (0..<50).map { _ in try #require(try client.reply().number(1)) }
                #expect(own == own.sorted())
                offsets += own
            }
            #expect(offsets.sorted() == Array(1...100))
        }
    }

    @Test func `everything that was said arrives`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            let headers = "traceparent: 00-ab\nX: \u{e9}\n"
            let line = "PUB a 3 id=o-1 key=k%20.%25 process=p cause=c hdr=\(headers.utf8.count)"
            try client.check(line, headers + "a\r\n", fails: "bad-option")
            try client.check(line.replacing("%20", with: "%C3%A9"), headers + "a\r\n", is: "OK 1")
            let message = try client.checkMessage(offset: 1, body: "a\r\n")
            #expect(message.headers == headers)
            #expect(message.option("id") == "o-1")
            #expect(message.option("key") == "k%C3%A9.%25")
            #expect(message.option("process") == "p")
            #expect(message.option("cause") == "c")
            #expect(message.option("time").flatMap { UInt64($0) } != nil)
        }
    }

    @Test func `a body may hold any bytes, or none`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let bytes = (0...255).map { UInt8($0) }
            try client.send(Array("PUB a 256\r\n".utf8) + bytes + Array("\r\n".utf8))
            #expect(try client.reply().line == "OK 1 subs=0")
            try client.check("PUB a 0", "", is: "OK 2 subs=0")
            try client.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            #expect(try client.message().data == bytes)
            try client.checkMessage(offset: 2, body: "")
        }
    }

    @Test(arguments: [
        ("PUB $dead.a.s 1", "denied"), ("PUB $sys.topic.no-subscriber 1", "denied"), ("PUB a..b 1", "bad-name"),
        ("PUB .a 1", "bad-name"), ("PUB a. 1", "bad-name"), ("PUB a/b 1", "bad-name"), ("PUB $ 1", "bad-name"),
        ("PUB " + String(repeating: "n", count: 201) + " 1", "bad-name"),
        ("PUB a 1 colour=red", "bad-option"), ("PUB a 1 id=1 id=2", "bad-option"), ("PUB a 1 id=", "bad-option"),
        ("PUB a 1 id", "bad-option"), ("PUB a 1 key=%4", "bad-option"), ("PUB a 1 key=%0A", "bad-option"),
        ("PUB a 1 id=" + String(repeating: "i", count: 201), "bad-option"),
        ("PUB a 1 id=" + String(repeating: "%41", count: 201), "bad-option"),
        ("PUB a 1 delay=366d", "bad-option"), ("PUB a 1 at=1 delay=1s", "bad-option"),
        ("PUB a 1 ttl=0ms", "bad-option"), ("PUB a 1  id=1", "bad-argument"), ("PUB a 1 ", "bad-argument"),
    ])
    func `a refused publish takes its data along and the conversation goes on`(
        line: String, code: String
    ) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, "B", fails: code)
            try client.check("PUB a 1", "x", is: "OK 1 subs=0")
        }
    }

    @Test(arguments: [
        "PUB " + String(repeating: "n", count: 200) + " 1", "PUB a 1 id=" + String(repeating: "i", count: 200),
        "PUB a 1 key=" + String(repeating: "%41", count: 200), "PUB a-_.B9.c 1",
    ])
    func `names and ids may be as long as their limit`(line: String) async throws {
        try await wire { port in
            try WireClient(port).check(line, "B", is: "OK 1 subs=0")
        }
    }

    @Test(arguments: ["PUB", "PUB a", "PUB a x", "PUB a -1", "PUB a 01", "PUB a 1 hdr=x", "PUB a 1 hdr=0 hdr=1"])
    func `a length that cannot be read ends the conversation`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(line + "\r\nx\r\nPUB b 1\r\nx\r\n")
            try client.checkEnd(fails: "bad-length")
            try WireClient(port).check("INFO topic b", fails: "unknown-topic")
        }
    }

    @Test func `a body of the limit passes and one byte more ends the conversation`() async throws {
        try await wire(settings { $0.maxBody = 1_000 }) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1000", String(repeating: "b", count: 1_000), is: "OK 1 subs=0")
            try client.say("PUB a 1001", String(repeating: "b", count: 1_001))
            try client.say("PUB b 1", "x")
            try client.checkEnd(fails: "too-large")
            try WireClient(port).check("INFO topic b", fails: "unknown-topic")
        }
    }

    @Test func `a body of the default limit passes and arrives`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let body = String(repeating: "0123456789abcdef", count: 65_536)
            try client.check("PUB a 1048576", body, is: "OK 1 subs=0")
            try client.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            #expect(try client.message().body == body)
            try client.say("PUB a 1048577")
            try client.checkEnd(fails: "too-large")
        }
    }

    @Test func `headers of the limit pass and one byte more ends the conversation`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let value = String(repeating: "v", count: 16_384 - 4)
            try client.check("PUB a 1 hdr=16384", "H: \(value)\nx", is: "OK 1 subs=0")
            try client.say("PUB a 1 hdr=16385", "H: \(value)v\nx")
            try client.checkEnd(fails: "too-large")
        }
    }

    @Test(arguments: [
        "Name value\n", "Name: value", "Name:value\n", ": value\n", "Na me: value\n", "A: 1\na: 2\n",
        "Martlet-Dead-Reason: x\n", "martlet-x: y\n", "Name: a\tb\n", "Name: a\r\n",
        String(repeating: "n", count: 65) + ": v\n",
    ])
    func `headers that break the rule are refused`(headers: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 hdr=\(headers.utf8.count)", headers + "x", fails: "bad-header")
            let longest = String(repeating: "n", count: 64) + ": v\n"
            try client.check("PUB a 1 hdr=\(longest.utf8.count)", longest + "x", is: "OK 1 subs=0")
        }
    }

    @Test func `a topic is not made by a publish where the configuration says so`() async throws {
        try await wire(settings { $0.autoCreateTopics = false }) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1", "x", fails: "unknown-topic")
            try client.check("CREATE topic a", is: "OK")
            try client.check("PUB a 1", "x", is: "OK 1 subs=0")
        }
    }
}
