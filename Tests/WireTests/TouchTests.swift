// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("TOUCH and leases") struct TouchTests {
    /// A client whose consumer 1 holds messages with a lease of 10 s.
    private func consumer(_ port: Int, holding count: UInt64 = 1, _ options: String = "window=16") throws -> WireClient
    {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new lease=10s \(options)", is: "OK created lease=10s")
        for offset in 1...count {
            try client.publish("a", "\(offset)")
            try client.checkMessage(offset: offset)
        }
        return client
    }

    @Test func `a lease that runs out is lost and the message comes again`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port, "backoff=0s")
            clock.advance(by: 9_999)
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 1 timeout")
            #expect(try client.checkMessage(offset: 1, attempt: 2).tag == 2)
            try client.check("ACK 1 1", is: "OK 0 lost=1")
            try client.check("ACK 1 2", is: "OK 1")
        }
    }

    @Test func `a lost lease counts as a failure and waits for its backoff`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port, "max-failures=2 backoff=100s")
            clock.advance(by: 10_000)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 1 timeout")
            try client.checkQuiet()
            clock.advance(by: 120_000)
            try client.check("PING", is: "PONG")
            try client.checkMessage(offset: 1, attempt: 2)
            clock.advance(by: 10_000)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 2 timeout")
            let letter = try #require(try client.objects("PEEK $dead.a.s 1").first)
            let headers = try #require(letter["headers"] as? [String: String])
            #expect(headers["Martlet-Dead-Reason"] == "max-failures")
            #expect(headers["Martlet-Dead-Attempts"]?.contains(#""outcome":"timeout""#) == true)
        }
    }

    @Test func `only the message whose lease ran out is lost`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port, "backoff=1h")
            clock.advance(by: 5_000)
            try client.publish("a", "2")
            try client.checkMessage(offset: 2)
            clock.advance(by: 5_000)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 1 timeout")
            try client.checkQuiet()
            try client.check("ACK 1 2", is: "OK 1")
        }
    }

    @Test func `leases that run out together are lost in one line`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port, holding: 5, "backoff=1h")
            try client.check("ACK 1 3", is: "OK 1")
            clock.advance(by: 10_000)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 1-2,4-5 timeout")
            try client.checkQuiet()
        }
    }

    @Test func `a touch extends the lease by its length, or by what was asked for`() async throws {
        let clock = ManualClock(wall: 1_000_000)
        try await wire(clock: clock) { port in
            let client = try consumer(port, holding: 2, "backoff=1h")
            clock.advance(by: 8_000)
            try client.check("TOUCH 1 1", is: "OK 1 until=1018000")
            try client.check("TOUCH 1 2 for=60s progress=50 note=half", is: "OK 1 until=1068000")
            clock.advance(by: 9_999)
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 1 timeout")
            clock.advance(by: 49_999)
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 2 timeout")
        }
    }

    @Test func `a touch reports what is not held any more`() async throws {
        let clock = ManualClock(wall: 1_000_000)
        try await wire(clock: clock) { port in
            let client = try consumer(port, holding: 4)
            try client.check("ACK 1 2", is: "OK 1")
            try client.check("TOUCH 1 1-6", is: "OK 3 until=1010000 lost=2,5-6")
            try client.check(
                "TOUCH 1 1-9223372036854775807", is: "OK 3 until=1010000 lost=2,5-9223372036854775807")
            try client.check("TOUCH 1 9", is: "OK 0 until=1010000 lost=9")
        }
    }

    @Test func `however often it is touched, a delivery ends at the cap`() async throws {
        let clock = ManualClock(wall: 1_000_000)
        try await wire(settings { $0.leaseCap = 25_000 }, clock: clock) { port in
            let client = try consumer(port, "max-failures=1")
            clock.advance(by: 9_000)
            try client.check("TOUCH 1 1", is: "OK 1 until=1019000")
            clock.advance(by: 9_000)
            try client.check("TOUCH 1 1", is: "OK 1 until=1025000")
            clock.advance(by: 6_999)
            try client.check("TOUCH 1 1 for=12h", is: "OK 1 until=1025000")
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 1 timeout")
            let letter = try #require(try client.objects("PEEK $dead.a.s 1").first)
            #expect((letter["headers"] as? [String: String])?["Martlet-Dead-Reason"] == "lease-cap")
        }
    }

    @Test func `a lease that is longer than the cap ends at the cap, touched or not`() async throws {
        let clock = ManualClock(wall: 1_000_000)
        try await wire(settings { $0.leaseCap = 5_000 }, clock: clock) { port in
            let client = try consumer(port, holding: 2, "backoff=1h")
            clock.advance(by: 4_999)
            try client.check("TOUCH 1 1", is: "OK 1 until=1005000")
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.checkPush("LOST 1 1-2 timeout")
        }
    }

    @Test func `leases of a broken connection return at once, before newer messages, in order`() async throws {
        try await wire { port in
            let (client, other) = (try consumer(port, holding: 4), try WireClient(port))
            try client.check("ACK 1 2", is: "OK 1")
            try other.check("SUB 7 a s window=1", is: "OK lease=10s")
            try client.check("WINDOW 1 0", is: "OK")
            try other.publish("a", "5", "6")
            try other.checkMessage(offset: 5)
            client.disconnect()
            try other.wait("INFO subscription a s", until: "consumers", is: 1)
            try other.check("WINDOW 7 10", is: "OK")
            for offset in [1, 3, 4] { try other.checkMessage(offset: UInt64(offset), attempt: 2) }
            try other.checkMessage(offset: 6)
            try other.checkQuiet()
        }
    }

    @Test func `a touched lease that is lost with its connection counts as a failure, an untouched one does not`()
        async throws
    {
        try await wire { port in
            let client = try consumer(port, holding: 2, "max-failures=1")
            try client.say("TOUCH 1 1")
            #expect(try client.reply().line.hasPrefix("OK 1 until="))
            let other = try WireClient(port)
            client.disconnect()
            try other.wait("INFO subscription a s", until: "dead", is: 1)
            try other.check("SUB 1 a s", is: "OK lease=10s")
            try other.checkMessage(offset: 2, attempt: 2)
            try other.checkQuiet()
            let letter = try #require(try other.objects("PEEK $dead.a.s 1").first)
            let headers = try #require(letter["headers"] as? [String: String])
            #expect(headers["Martlet-Dead-Offset"] == "1")
            #expect(headers["Martlet-Dead-Attempts"]?.contains(#""outcome":"disconnect""#) == true)
        }
    }

    @Test(arguments: ["TOUCH 1 1 for=1s", "TOUCH 1 1 for=12h", "TOUCH 1 1 progress=0", "TOUCH 1 1 progress=100"])
    func `options within their limits are taken`(line: String) async throws {
        try await wire { port in
            let reply = try consumer(port).ask(line)
            #expect(reply.hasPrefix("OK 1 until="))
        }
    }

    @Test(arguments: [
        ("TOUCH 1 1 for=999ms", "bad-option"), ("TOUCH 1 1 for=43201s", "bad-option"),
        ("TOUCH 1 1 progress=101", "bad-option"), ("TOUCH 1 1 delay=1s", "bad-option"),
        ("TOUCH 1 1 note=" + String(repeating: "n", count: 1_025), "bad-option"), ("TOUCH 1", "bad-argument"),
        ("TOUCH 1 0", "bad-argument"), ("TOUCH 2 1", "unknown-consumer"),
    ])
    func `options past their limits are refused`(line: String, code: String) async throws {
        try await wire { port in try consumer(port).check(line, fails: code) }
    }
}
