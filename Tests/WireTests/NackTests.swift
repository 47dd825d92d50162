// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("NACK, RELEASE and REJECT") struct NackTests {
    /// A client whose consumer 1 holds one message.
    private func consumer(_ port: Int, _ options: String = "window=16") throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new \(options)", is: "OK created lease=30s")
        try client.publish("a", "one")
        try client.checkMessage(offset: 1)
        return client
    }

    @Test func `a message comes back after the delay that was asked for`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port)
            try client.check("NACK 1 1 delay=10s", is: "OK 1")
            try client.checkQuiet()
            #expect(try client.object("INFO subscription a s")["deferred"] as? Int == 1)
            clock.advance(by: 9_999)
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            let message = try client.checkMessage(offset: 1, attempt: 2, body: "one")
            #expect(message.tag == 2)
            try client.check("ACK 1 2", is: "OK 1")
            #expect(try client.object("INFO subscription a s")["deferred"] as? Int == 0)
        }
    }

    @Test func `a message without a delay comes back at once`() async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("NACK 1 1 delay=0ms", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 2)
        }
    }

    @Test func `without a delay the backoff holds, and its last entry repeats`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port, "backoff=10s,100s max-failures=10")
            for (tag, delay) in [(1, 10_000), (2, 100_000), (3, 100_000), (4, 100_000)] {
                try client.check("NACK 1 \(tag)", is: "OK 1")
                // The backoff varies by a fifth to either side.
                clock.advance(by: UInt64(delay) * 8 / 10 - 1)
                try client.checkQuiet()
                clock.advance(by: UInt64(delay) * 4 / 10 + 1)
                try client.check("PING", is: "PONG")
                try client.checkMessage(offset: 1, attempt: UInt64(tag + 1))
            }
        }
    }

    @Test func `lists and ranges come back in the order of their offsets, before newer messages`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=4", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3", "4", "5")
            for offset in 1...4 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("WINDOW 1 0", is: "OK")
            try client.check("NACK 1 3-4,1 delay=0ms", is: "OK 3")
            try client.check("WINDOW 1 10", is: "OK")
            for offset in [1, 3, 4] { try client.checkMessage(offset: UInt64(offset), attempt: 2) }
            try client.checkMessage(offset: 5, attempt: 1)
            try client.checkQuiet()
        }
    }

    @Test func `a deferred message uses no window`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port, "window=1")
            try client.publish("a", "two")
            try client.check("NACK 1 1 delay=10s", is: "OK 1")
            try client.checkMessage(offset: 2)
            try client.check("ACK 1 2", is: "OK 1")
            clock.advance(by: 10_000)
            try client.check("PING", is: "PONG")
            try client.checkMessage(offset: 1, attempt: 2)
        }
    }

    @Test func `a released message comes back at once and has not failed`() async throws {
        try await wire { port in
            let client = try consumer(port, "max-failures=1")
            for tag in 1...5 {
                try client.check("RELEASE 1 \(tag)", is: "OK 1")
                try client.checkMessage(offset: 1, attempt: UInt64(tag + 1))
            }
            #expect(try client.object("INFO subscription a s")["dead"] as? Int == 0)
            try client.check("NACK 1 6", is: "OK 1")
            try client.checkQuiet()
            #expect(try client.object("INFO subscription a s")["dead"] as? Int == 1)
        }
    }

    @Test func `a message is released with a delay and has not failed`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port, "max-failures=2")
            for tag in 1...3 {
                try client.check("RELEASE 1 \(tag) delay=1m", is: "OK 1")
                clock.advance(by: 59_999)
                try client.checkQuiet()
                clock.advance(by: 1)
                try client.check("PING", is: "PONG")
                try client.checkMessage(offset: 1, attempt: UInt64(tag + 1))
            }
            try client.check("NACK 1 4 delay=0ms", is: "OK 1")
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.checkMessage(offset: 1, attempt: 5)
        }
    }

    @Test func `repeating what succeeded is answered OK and changes nothing`() async throws {
        try await wire { port in
            let client = try consumer(port, "max-failures=2")
            for _ in 0..<3 { try client.check("NACK 1 1 delay=1h", is: "OK 1") }
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("RELEASE 1 1", is: "OK 1")
            try client.checkQuiet()
            let info = try client.object("INFO subscription a s")
            #expect(info["deferred"] as? Int == 1)
            #expect(info["dead"] as? Int == 0)
        }
    }

    @Test func `tags without a lease are reported`() async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("NACK 1 1-3 delay=1h", is: "OK 1 lost=2-3")
            try client.check("RELEASE 1 7", is: "OK 0 lost=7")
            try client.check("REJECT 1 7,9", is: "OK 0 lost=7,9")
        }
    }

    @Test(arguments: [
        "NACK 1 1 delay=30d code=e note=n", "RELEASE 1 1 delay=30d", "REJECT 1 1 code=e note=n",
        "NACK 1 1 code=" + String(repeating: "c", count: 64), "REJECT 1 1 note=" + String(repeating: "n", count: 1_024),
        "NACK 1 1 note=caf%C3%A9%20closed",
    ])
    func `options within their limits are taken`(line: String) async throws {
        try await wire { port in try consumer(port).check(line, is: "OK 1") }
    }

    @Test(arguments: [
        ("NACK 1 1 delay=2592000001ms", "bad-option"), ("NACK 1 1 delay=5", "bad-option"),
        ("NACK 1 1 delay=-1s", "bad-option"), ("RELEASE 1 1 code=e", "bad-option"),
        ("RELEASE 1 1 note=n", "bad-option"), ("REJECT 1 1 delay=1s", "bad-option"),
        ("NACK 1 1 code=" + String(repeating: "c", count: 65), "bad-option"),
        ("NACK 1 1 note=" + String(repeating: "n", count: 1_025), "bad-option"),
        ("REJECT 1 1 note=" + String(repeating: "%6E", count: 1_025), "bad-option"),
        ("NACK 1 1 note=a%0Ab", "bad-option"), ("NACK 1 1 note=%FF", "bad-option"),
        ("NACK 1 1 note=a note=b", "bad-option"), ("NACK 2 1", "unknown-consumer"),
        ("RELEASE 2 1", "unknown-consumer"), ("REJECT 2 1", "unknown-consumer"), ("NACK 1", "bad-argument"),
        ("REJECT", "bad-argument"), ("RELEASE 1 a", "bad-argument"),
    ])
    func `what is refused settles nothing`(line: String, code: String) async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check(line, fails: code)
            #expect(try client.object("INFO subscription a s")["inFlight"] as? Int == 1)
        }
    }
}
