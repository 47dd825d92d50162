// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("EXPECT, UNEXPECT and expect=") struct ExpectTests {
    /// Lets time pass, and what is told about it be told.
    private func pass(_ clock: ManualClock, _ milliseconds: UInt64, _ client: WireClient) throws {
        clock.advance(by: milliseconds)
        try client.check("PING", is: "PONG")
        clock.advance(by: 1_000)
        try client.check("PING", is: "PONG")
    }

    @Test func `what is met costs no message, what is missed is told once`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("EXPECT p paid 10s", is: "OK")
            try client.check("EXPECT q paid 10s id=e", is: "OK")
            // The topic was made, and a message of another process does not count.
            try client.check("PUB paid 1", "x", is: "OK 1 subs=0")
            try client.check("PUB paid 1 process=p", "x", is: "OK 2 subs=0")
            clock.advance(by: 9_999)
            try client.check("PING", is: "PONG")
            #expect(try client.events("expect.missed").isEmpty)
            try pass(clock, 1, client)
            let events = try client.waitForEvents("expect.missed", count: 1)
            client.check(events[0], has: ["process": "q", "topic": "paid", "severity": "error", "expectation": "e"])
            try pass(clock, 60_000, client)
            #expect(try client.events("expect.missed").count == 1)
            // It is over, whether it was met or missed.
            try client.check("UNEXPECT p paid", is: "OK 0")
            try client.check("UNEXPECT q paid id=e", is: "OK 0")
        }
    }

    @Test func `one that is forgotten is not missed, one of each process, topic and id`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            for line in ["p a 10s", "p a 10s id=x", "p b 10s", "q a 10s"] {
                try client.check("EXPECT \(line)", is: "OK")
            }
            try client.check("UNEXPECT p a", is: "OK")
            try client.check("UNEXPECT p a", is: "OK 0")
            try client.check("UNEXPECT p c", is: "OK 0")
            try pass(clock, 10_000, client)
            let events = try client.waitForEvents("expect.missed", count: 3)
            let told = events.map { "\($0["process"] ?? "") \($0["topic"] ?? "")" }
            #expect(told.sorted() == ["p a", "p b", "q a"])
        }
    }

    @Test func `a second one replaces the first`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("EXPECT p a 10s", is: "OK")
            try client.check("EXPECT p a 1m", is: "OK")
            try pass(clock, 58_000, client)
            #expect(try client.events("expect.missed").isEmpty)
            try pass(clock, 1_000, client)
            #expect(try client.waitForEvents("expect.missed", count: 1).count == 1)
        }
    }

    @Test func `what came shortly before counts with lookback, of several the newest`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 process=p", "x", is: "OK 1 subs=0")
            clock.advance(by: 5_000)
            try client.check("EXPECT p a 10s", is: "OK")
            try client.check("EXPECT p a 10s lookback=4999ms", is: "OK")
            try client.check("EXPECT p a 10s lookback=5s", is: "OK met=1")
            try client.check("PUB a 1 process=p", "x", is: "OK 2 subs=0")
            try client.check("EXPECT p a 10s lookback=1h", is: "OK met=2")
            try client.check("EXPECT q a 10s lookback=365d", is: "OK")
            try client.check("UNEXPECT q a", is: "OK")
            try pass(clock, 20_000, client)
            #expect(try client.events("expect.missed").isEmpty)
        }
    }

    @Test func `a delayed message meets when it is due`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("EXPECT p a 10s", is: "OK")
            try client.check("EXPECT q a 10s", is: "OK")
            try client.check("PUB a 1 process=p delay=9s", "x", is: "OK 0 due=\(wireStart + 9_000)")
            try client.check("PUB a 1 process=q delay=20s", "x", is: "OK 0 due=\(wireStart + 20_000)")
            clock.advance(by: 9_000)
            try client.check("PING", is: "PONG")
            try pass(clock, 1_000, client)
            let events = try client.waitForEvents("expect.missed", count: 1)
            #expect(events.map { $0["process"] as? String } == ["q"])
        }
    }

    @Test func `what is expected is so over a restart`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for process in ["met", "missed", "later", "forgotten"] {
                try client.check("EXPECT \(process) a \(process == "later" ? 60 : 10)s", is: "OK")
            }
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 process=met", "x", is: "OK 1 subs=0")
            try client.check("UNEXPECT forgotten a", is: "OK")
        }
        clock.advance(by: 30_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try pass(clock, 0, client)
            #expect(try client.waitForEvents("expect.missed", count: 1).map { $0["process"] as? String } == ["missed"])
            try pass(clock, 30_000, client)
            #expect(try client.waitForEvents("expect.missed", count: 2).count == 2)
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try pass(clock, 60_000, client)
            #expect(try client.events("expect.missed").count == 2)
        }
    }

    @Test(arguments: [
        ("EXPECT p a 365d", nil), ("EXPECT p a 31536000001ms", "bad-argument"), ("EXPECT p a 1ms", nil),
        ("EXPECT p a 0s", "bad-argument"), ("EXPECT p a 5", "bad-argument"), ("EXPECT p a  1s", "bad-argument"),
        ("EXPECT p a! 1s", "bad-name"), ("EXPECT p a 1s lookback=365d", nil),
        ("EXPECT p a 1s lookback=31536000001ms", "bad-option"), ("EXPECT p a 1s id=", "bad-option"),
        ("EXPECT p a 1s now", "bad-option"), ("EXPECT p a", "bad-argument"), ("UNEXPECT p a ", "bad-argument"),
        ("UNEXPECT p a!", "bad-name"), ("UNEXPECT p a id=", "bad-option"),
    ])
    func `an expectation has its limits`(line: String, code: String?) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            if let code {
                try client.check(line, fails: code)
                try client.check("INFO topic a", fails: "unknown-topic")
            } else {
                try client.check(line, is: "OK")
            }
        }
    }

    @Test func `an unknown topic that is not made is refused`() async throws {
        try await wire(settings { $0.autoCreateTopics = false }) { port in
            let client = try WireClient(port)
            try client.check("EXPECT p a 1s", fails: "unknown-topic")
            try client.check("CREATE topic a", is: "OK")
            try client.check("EXPECT p a 1s", is: "OK")
        }
    }

    @Test func `expect= tells of every message that is not settled in time, once, with its verdict`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=3 lease=1h expect=10s", is: "OK created lease=1h")
            for number in 1...4 { try client.check("PUB a 1 id=m\(number) process=p", "x", is: "OK \(number)") }
            try client.checkMessages([1, 2, 3])
            try client.check("ACK 1 1", is: "OK 1")
            try client.checkMessages([4])
            try client.check("PARK 1 2", is: "OK 1")
            clock.advance(by: 9_999)
            try client.check("PING", is: "PONG")
            #expect(try client.events("expect.missed").isEmpty)
            try pass(clock, 1, client)
            let events = try client.waitForEvents("expect.missed", count: 3)
            #expect(events.map { $0["offset"] as? Int } == [2, 3, 4])
            #expect(events.map { $0["verdict"] as? String } == ["parked", "leased", "leased"])
            client.check(events[0], has: ["topic": "a", "subscription": "s", "process": "p"])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.publish("a", "y")
            try pass(clock, 10_000, client)
            let events = try client.waitForEvents("expect.missed", count: 4)
            #expect(events.count == 4)
            client.check(events[3], has: ["offset": 5, "verdict": "waiting", "subscription": "s"])
        }
    }
}
