// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import Testing

@Suite("HELLO") struct HelloTests {
    @Test func `the reply says version, session, largest body and heartbeat`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            try client.say("HELLO 1")
            let reply = try client.reply()
            #expect(reply.line.hasPrefix("OK 1 martlet/\(Server.version) session="))
            #expect(reply.option("session")?.isEmpty == false)
            #expect(reply.option("max-body") == "1048576")
            #expect(reply.option("heartbeat") == "30")
        }
    }

    @Test func `two connections get two sessions`() async throws {
        try await wire { port in
            let clients = try [WireClient(port, hello: nil), WireClient(port, hello: nil)]
            for client in clients { try client.say("HELLO 1") }
            let sessions = Set(try clients.map { try $0.reply().option("session") })
            #expect(sessions.count == 2)
        }
    }

    @Test(arguments: [
        "HELLO 1,2", "HELLO 2,1", "HELLO 1 client=a%20b token=t session=s heartbeat=0", "HELLO 1 heartbeat=3600",
        "HELLO 1 client=" + String(repeating: "c", count: 200),
        "HELLO 1 token=" + String(repeating: "t", count: 1_024 - 14),
    ])
    func `a valid hello opens the conversation`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            #expect(try client.ask(line).hasPrefix("OK 1 "))
            try client.check("PING", is: "PONG")
        }
    }

    @Test(arguments: [
        ("HELLO 2", "version-unsupported"), ("HELLO 2,3", "version-unsupported"), ("HELLO one", "bad-argument"),
        ("HELLO 1 colour=red", "bad-option"), ("HELLO 1 client=a client=b", "bad-option"),
        ("HELLO 1 heartbeat=3601", "bad-option"), ("HELLO 1 heartbeat=-1", "bad-option"),
        ("HELLO 1 client=" + String(repeating: "c", count: 201), "bad-option"),
        ("HELLO 1 token=" + String(repeating: "t", count: 1_024 - 13), "line-too-long"),
        ("PING", "hello-required"), ("hello 1", "hello-required"), ("HELLO", "hello-required"),
        ("", "hello-required"), (String(repeating: "x", count: 1_025), "hello-required"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "hello-required"),
        ("POST /topics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "hello-required"),
    ])
    func `anything else gets one line and the end`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            try client.say(line)
            try client.checkEnd(fails: code)
        }
    }

    @Test func `a first line that is refused in its second half ends its own connection only`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let client = try WireClient(port, hello: nil)
            try client.send("GE")
            // The answer says that the broker has read what was sent before it.
            try other.check("PING", is: "PONG")
            try client.send("T / HTTP/1.1\r\n")
            try client.checkEnd(fails: "hello-required")
            try other.check("PING", is: "PONG")
        }
    }

    @Test func `nothing of the input is echoed`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            try client.say("SECRET-WORD 1")
            #expect(try client.rest().contains { $0.contains("SECRET") } == false)
        }
    }

    @Test func `nothing behind a refused hello is done`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            try client.send("HELLO 9\r\nPUB a 1\r\nx\r\n")
            try client.checkEnd(fails: "version-unsupported")
            try WireClient(port).check("INFO topic a", fails: "unknown-topic")
        }
    }

    @Test func `commands may follow in the same packet`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            try client.send("HELLO 1\r\nPUB a 1\r\nx\r\nPING\r\n")
            #expect(try client.reply().line.hasPrefix("OK 1 martlet/"))
            #expect(try client.reply().line == "OK 1 subs=0")
            #expect(try client.reply().line == "PONG")
        }
    }

    @Test func `a second hello is refused and harms nothing`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("HELLO 1", fails: "bad-command")
            try client.check("PING", is: "PONG")
        }
    }

    @Test func `silence before hello ends the connection`() async throws {
        try await wire(settings { $0.helloTimeoutLocal = 1_000 }) { port in
            let silent = try WireClient(port, hello: nil)
            let slow = try WireClient(port, hello: nil)
            // While TLS is not agreed on nothing can be said.
            for client in [silent, slow] { try client.handshake() }
            try slow.send("HEL")
            try silent.checkEnd(fails: "hello-required")
            try slow.checkEnd(fails: "hello-required")
        }
    }

    @Test func `half a hello and the end of input is the end`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: nil)
            try client.send("HELLO 1")
            try client.endInput()
            #expect(try client.rest().count <= 1)
        }
    }

    @Test func `a session that is asked for is answered although nothing more is said`() async throws {
        try await wire { port in
            // The end of the input may come before or behind the broker's answer.
            for _ in 1...50 {
                let client = try WireClient(port, hello: nil)
                try client.say("HELLO 1 session=s")
                try client.endInput()
                #expect(try client.rest().map { $0.hasPrefix("OK 1 martlet/") } == [true])
            }
        }
    }

    @Test func `no heartbeat is refused where the configuration says so`() async throws {
        try await wire(settings { $0.allowNoHeartbeat = false }) { port in
            let client = try WireClient(port, hello: nil)
            try client.send("HELLO 1 heartbeat=0\r\nPUB a 1\r\nx\r\n")
            try client.checkEnd(fails: "denied")
            let other = try WireClient(port, hello: "HELLO 1 heartbeat=1")
            try other.check("INFO topic a", fails: "unknown-topic")
        }
    }

    @Test func `silence is asked about and then ends the connection`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: "HELLO 1 heartbeat=1")
            try client.checkPush("PING")
            let rest = try client.rest()
            #expect(rest.allSatisfy { $0 == "PING" })
        }
    }

    @Test func `a client that answers the heartbeat stays`() async throws {
        try await wire { port in
            let client = try WireClient(port, hello: "HELLO 1 heartbeat=1")
            for _ in 0..<3 {
                try client.checkPush("PING")
                try client.say("PONG")
            }
            // A PONG has no reply, so this one is the PING's.
            try client.check("PING", is: "PONG")
        }
    }

    @Test func `one connection more than allowed is closed, and the next after one has gone is not`() async throws {
        try await wire(settings { $0.maxConnections = 2 }) { port in
            let first = try WireClient(port)
            let second = try WireClient(port)
            let third = try WireClient(port, hello: nil)
            try third.say("HELLO 1")
            try third.checkEnd()
            try first.check("BYE", is: "OK")
            try first.checkEnd()
            first.disconnect()
            try second.wait("INFO", until: "connections", is: 1)
            let fourth = try WireClient(port)
            try fourth.check("PING", is: "PONG")
            try second.check("PING", is: "PONG")
        }
    }
}
