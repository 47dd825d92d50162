// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("PUB with delay and at") struct DelayTests {
    private static let year: UInt64 = 31_536_000_000

    @Test func `a delayed message rests, and comes when it is due`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("PUB a 5 id=i key=k delay=10s", "later", is: "OK 0 due=\(wireStart + 10_000)")
            try client.check("PUB a 3", "now", is: "OK 1")
            try client.checkMessage(offset: 1, body: "now")
            try client.check("INFO subscription a s", has: ["backlog": 1, "inFlight": 1, "deferred": 0])
            clock.advance(by: 9_999)
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            let message = try client.checkMessage(offset: 2, body: "later")
            #expect(message.option("id") == "i")
            #expect(message.option("key") == "k")
            #expect(message.option("time") == "\(wireStart + 10_000)")
            #expect(message.option("late") == nil)
            #expect(message.option("failures") == nil)
        }
    }

    @Test func `what is due now or in the past is published at once`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 delay=0s", "x", is: "OK 1 subs=0")
            try client.check("PUB a 1 at=1", "x", is: "OK 2 subs=0")
            try client.check("PUB a 1 at=\(wireStart)", "x", is: "OK 3 subs=0")
            try client.check("PUB a 1 at=\(wireStart + 1)", "x", is: "OK 0 due=\(wireStart + 1)")
            try client.check("PUB a 1 delay=1ms", "x", is: "OK 0 due=\(wireStart + 1)")
            try client.check("INFO topic a", has: ["messages": 3, "next": 4])
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.check("INFO topic a", has: ["messages": 5, "next": 6])
        }
    }

    @Test(arguments: [
        ("delay=365d", true), ("delay=31536000001ms", false), ("delay=366d", false), ("delay=5", false),
        ("delay=-1s", false), ("at=\(wireStart + year)", true), ("at=\(wireStart + year + 1)", false),
        ("at=soon", false), ("delay=1s at=5", false), ("delay=1s delay=2s", false),
        ("ttl=1ms", true), ("ttl=0ms", false), ("ttl=365d", true), ("ttl=31536000001ms", false), ("ttl=7", false),
    ])
    func `a year is the limit`(options: String, isTaken: Bool) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            if isTaken {
                #expect(try client.ask("PUB a 1 \(options)", "x").hasPrefix("OK "))
            } else {
                try client.check("PUB a 1 \(options)", "x", fails: "bad-option")
                try client.check("INFO topic a", fails: "unknown-topic")
            }
        }
    }

    @Test func `a repeat of what rests is told its time, and another body is a conflict`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            let due = wireStart + 60_000
            try client.check("PUB a 1 id=i delay=1m", "x", is: "OK 0 due=\(due)")
            try client.check("PUB a 1 id=i delay=1m", "x", is: "DUP 0 due=\(due)")
            try client.check("PUB a 1 id=i", "x", is: "DUP 0 due=\(due)")
            try client.check("PUB a 1 id=i delay=5m", "y", fails: "id-conflict")
            try client.check("PUB a 1 id=i", "y", fails: "id-conflict")
            clock.advance(by: 60_000)
            try client.check("PUB a 1 id=i delay=1h", "x", is: "DUP 1")
            try client.check("INFO topic a", has: ["messages": 1])
            #expect(try client.objects("SCHEDULED a").isEmpty)
        }
    }

    @Test func `the window of an id counts from when its message is due`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a dedup-window=10s", is: "OK")
            try client.check("PUB a 1 id=i delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
            clock.advance(by: 60_000)
            try client.check("PING", is: "PONG")
            clock.advance(by: 9_999)
            try client.check("PUB a 1 id=i", "x", is: "DUP 1")
            clock.advance(by: 1)
            try client.check("PUB a 1 id=i", "x", is: "OK 2 subs=0")
        }
    }

    @Test func `the first that is due comes first, and equals in the order of their acceptance`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            for (body, delay) in [("d", 40), ("b", 20), ("c", 20), ("a", 10)] {
                try client.check("PUB a 1 delay=\(delay)s", body, is: "OK 0 due=\(wireStart + UInt64(delay) * 1_000)")
            }
            clock.advance(by: 30_000)
            try client.check("PING", is: "PONG")
            #expect(try client.checkMessages([1, 2, 3]).map(\.body) == ["a", "b", "c"])
            clock.advance(by: 10_000)
            try client.check("PING", is: "PONG")
            try client.checkMessage(offset: 4, body: "d")
        }
    }

    @Test func `what fell due while the broker was down comes at its start, and says how late`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("PUB a 4 delay=10s id=i", "late", is: "OK 0 due=\(wireStart + 10_000)")
            try client.check("PUB a 6 delay=29000ms", "border", is: "OK 0 due=\(wireStart + 29_000)")
            try client.check("PUB a 4 delay=29001ms", "fine", is: "OK 0 due=\(wireStart + 29_001)")
            try client.check("PUB a 4 delay=1h", "rest", is: "OK 0 due=\(wireStart + 3_600_000)")
        }
        clock.advance(by: 30_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            let messages = try client.checkMessages([1, 2, 3])
            #expect(messages.map(\.body) == ["late", "border", "fine"])
            #expect(messages.map { $0.option("late") } == ["20000", "1000", nil])
            #expect(messages.map { $0.option("time") } == Array(repeating: "\(wireStart + 30_000)", count: 3))
            try client.check("PUB a 4 id=i", "late", is: "DUP 1")
            #expect(try client.objects("SCHEDULED a").map { $0["due"] as? UInt64 } == [wireStart + 3_600_000])
        }
    }

    @Test func `what is scheduled stays so over a restart, with all that it has`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let due = wireStart + 60_000
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            let headers = "A: b\n"
            try client.check(
                "PUB a 1 id=i key=k process=p cause=c hdr=5 delay=1m", headers + "x", is: "OK 0 due=\(due)")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "DUP 0 due=\(due)")
            try client.checkWhy("a id:i s", is: "scheduled", ["due": due])
            try client.check("SUB 1 a s", is: "OK lease=30s")
            clock.advance(by: 59_999)
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            let message = try client.checkMessage(offset: 1, body: "x")
            #expect(message.headers == "A: b\n")
            for (name, value) in ["id": "i", "key": "k", "process": "p", "cause": "c"] {
                #expect(message.option(name) == value)
            }
        }
    }

    @Test func `what falls due while its topic is full waits for room`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=2", is: "OK")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("PUB a 1 delay=10s id=i", "z", is: "OK 0 due=\(wireStart + 10_000)")
            try client.publish("a", "x", "y")
            try client.checkMessages([1, 2])
            try client.check("PUB a 1", "n", fails: "full")
            clock.advance(by: 15_000)
            try client.check("PING", is: "PONG")
            try client.check("PUB a 1 id=i", "z", is: "DUP 0 due=\(wireStart + 10_000)")
            try client.checkWhy("a id:i s", is: "scheduled", ["due": wireStart + 10_000])
            try client.check("ACK 1 1", is: "OK 1")
            clock.advance(by: 5_000)
            let message = try client.checkMessage(offset: 3, body: "z")
            #expect(message.option("late") != nil)
        }
    }
}
