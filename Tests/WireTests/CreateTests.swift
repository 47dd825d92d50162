// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("CREATE and DELETE") struct CreateTests {
    @Test func `a topic is made once`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("CREATE topic a", is: "OK")
            try second.check("CREATE topic a", fails: "exists")
            try second.check("PUB a 1", "x", is: "OK 1 subs=0")
            try first.check("CREATE topic a", fails: "exists")
        }
    }

    @Test func `settings of a topic are kept`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(
                "CREATE topic a retention=limits max-age=1h max-bytes=1000 max-messages=10 durability=durable", is: "OK"
            )
            let topic = try client.object("INFO topic a")
            #expect(topic["retention"] as? String == "limits")
            #expect(topic["maxAge"] as? Int == 3_600_000)
            #expect(topic["maxBytes"] as? Int == 1_000)
            #expect(topic["maxMessages"] as? Int == 10)
        }
    }

    @Test(arguments: [
        ("CREATE topic a! ", "bad-name"), ("CREATE topic", "bad-argument"), ("CREATE", "bad-argument"),
        ("CREATE queue a", "bad-argument"), ("CREATE topic a retention=forever", "bad-option"),
        ("CREATE topic a max-age=999ms", "bad-option"), ("CREATE topic a max-messages=0", "bad-option"),
        ("CREATE topic a max-bytes=0", "bad-option"), ("CREATE topic a durability=none", "bad-option"),
        ("CREATE topic a dedup-window=31d", "bad-option"), ("CREATE topic a colour=red", "bad-option"),
        ("CREATE topic " + String(repeating: "n", count: 201), "bad-name"),
        ("CREATE subscription a", "bad-argument"),
        ("CREATE subscription a s from=new window=5", "bad-option"),
        ("CREATE subscription a $s from=new", "bad-name"), ("CREATE subscription $mine s from=new", "unknown-topic"),
    ])
    func `what is refused makes nothing`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, fails: code)
            #expect(try client.objects("INFO topics").isEmpty)
        }
    }

    @Test func `names of the broker cannot be made`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let reply = try client.ask("CREATE topic $mine")
            #expect(reply.hasPrefix("ERR denied ") || reply.hasPrefix("ERR bad-name "), "\(reply)")
        }
    }

    @Test func `a topic keeps no more messages than its limit`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=3 unsettled=drop", is: "OK")
            try client.check("CREATE subscription a s from=earliest", is: "OK")
            for offset in 1...10 { try client.check("PUB a 1", "x", is: "OK \(offset)") }
            clock.advance(by: 60_000)
            try client.check("PING", is: "PONG")
            let topic = try client.object("INFO topic a")
            #expect(topic["messages"] as? Int == 3)
            #expect(topic["first"] as? Int == 8)
            #expect(try client.object("INFO subscription a s")["lost"] as? Int == 7)
        }
    }

    @Test func `a work topic takes one subscription and refuses what it has no room for`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a retention=work max-messages=2", is: "OK")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("SUB 2 a t from=new", fails: "conflict")
            try client.publish("a", "one", "two")
            try client.check("PUB a 1", "x", fails: "full")
            try client.checkMessage(offset: 1)
            try client.check("ACK 1 1", is: "OK 1")
            clock.advance(by: 60_000)
            try client.check("PING", is: "PONG")
            try client.check("PUB a 1", "x", is: "OK 3")
        }
    }

    @Test func `a subscription waits for its first consumer`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=earliest lease=7s max-failures=9 backoff=1s,2s", is: "OK")
            try client.check("CREATE subscription a s from=earliest", fails: "exists")
            let info = try client.object("INFO subscription a s")
            let settings = try #require(info["settings"] as? [String: Any])
            #expect(settings["lease"] as? Int == 7_000)
            #expect(settings["maxFailures"] as? Int == 9)
            #expect(settings["backoff"] as? [Int] == [1_000, 2_000])
            #expect(settings["ephemeral"] as? Bool == false)
            try client.check("PUB a 1", "x", is: "OK 1")
            try client.check("SUB 1 a s", is: "OK lease=7s")
            try client.checkMessage(offset: 1)
        }
    }

    @Test func `a deleted topic is gone, and a new one of its name begins at 1`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.publish("a", "one", "two")
            try client.check("CREATE subscription a s from=earliest", is: "OK")
            try client.check("DELETE topic a", is: "OK")
            try client.check("INFO topic a", fails: "unknown-topic")
            try client.check("PEEK a 1", fails: "unknown-topic")
            try client.check("DELETE topic a", fails: "unknown-topic")
            try client.check("PUB a 1", "x", is: "OK 1 subs=0")
            try client.check("INFO subscription a s", fails: "unknown-subscription")
            #expect(try client.objects("PEEK a 1 limit=10").count == 1)
        }
    }

    @Test func `a topic is deleted and made again between publishes of one packet`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(
                "PUB a 3\r\none\r\nPUB a 3\r\ntwo\r\nDELETE topic a\r\nPUB a 5\r\nthree\r\nPEEK a 1 limit=10\r\n")
            let replies = try (0..<4).map { _ in try client.reply().line }
            #expect(replies == ["OK 1 subs=0", "OK 2 subs=0", "OK", "OK 1 subs=0"])
            let peeked = try client.reply().body
            #expect(peeked.contains("three") && !peeked.contains("one"), "\(peeked)")
        }
    }

    @Test(arguments: ["DELETE topic a", "DELETE subscription a s"])
    func `consumers of what is deleted lose their leases`(line: String) async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.check("SUB 4 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("ACK 4 2", is: "OK 1")
            try other.check(line, is: "OK")
            try client.checkPush("LOST 4 1,3 deleted")
            try client.checkPush("GONE 4 deleted")
            try client.check("ACK 4 1", fails: "unknown-consumer")
            try client.check("SUB 4 a s from=new", is: "OK created lease=30s")
            try client.checkQuiet()
        }
    }

    @Test func `a deleted subscription leaves topic and neighbours alone`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("SUB 2 a t from=new", is: "OK created lease=30s")
            try client.check("DELETE subscription a s", is: "OK")
            try client.checkPush("GONE 1 deleted")
            try client.check("PUB a 1", "x", is: "OK 1")
            #expect(try client.message().consumer == 2)
            try client.checkQuiet()
        }
    }

    @Test(arguments: [
        ("DELETE topic b", "unknown-topic"), ("DELETE subscription b s", "unknown-topic"),
        ("DELETE subscription a t", "unknown-subscription"), ("DELETE", "bad-argument"),
        ("DELETE topic", "bad-argument"), ("DELETE queue a", "bad-argument"), ("DELETE topic a!", "bad-name"),
        ("DELETE subscription a", "bad-argument"), ("DELETE topic a now", "bad-option"),
    ])
    func `a refused DELETE removes nothing`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check(line, fails: code)
            #expect(try client.object("INFO topic a")["subscriptions"] as? [String] == ["s"])
        }
    }
}
