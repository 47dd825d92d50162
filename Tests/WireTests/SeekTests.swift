// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("SEEK") struct SeekTests {
    /// A client whose messages 1 to 6 of topic a, a second apart, are acked, dead, parked, deferred, leased and new.
    private func holder(_ port: Int, _ clock: ManualClock) throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new window=5", is: "OK created lease=30s")
        for _ in 1...5 {
            try client.publish("a", "x")
            clock.advance(by: 1_000)
        }
        try client.checkMessages([1, 2, 3, 4, 5])
        try client.check("WINDOW 1 0", is: "OK")
        try client.publish("a", "x")
        try client.check("ACK 1 1", is: "OK 1")
        try client.check("REJECT 1 2", is: "OK 1")
        try client.check("PARK 1 3 code=ask", is: "OK 1")
        try client.check("NACK 1 4 delay=1h code=E", is: "OK 1")
        return client
    }

    private func verdicts(_ client: WireClient) throws -> [String] {
        try (1...6).map { try client.object("WHY a \($0) s")["verdict"] as? String ?? "" }
    }

    @Test func `from the earliest on everything is plainly unsettled`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port, clock)
            #expect(try verdicts(client) == ["handled", "dead", "parked", "deferred", "leased", "waiting"])
            try client.check("SEEK a s earliest", is: "OK")
            try client.checkPush("LOST 1 5 seek")
            #expect(try verdicts(client) == Array(repeating: "waiting", count: 6))
            try client.check("INFO subscription a s", has: ["backlog": 6, "parked": 0, "deferred": 0, "inFlight": 0])
            try client.check("ACK 1 5", is: "OK 0 lost=5")
            // The dead letter stays, and cannot be redriven.
            #expect(try client.objects("PEEK $dead.a.s 1").count == 1)
            try client.check("REDRIVE a s dry-run", is: "OK 0")
            #expect(try client.objects("PARKED a s").isEmpty)
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            let messages = try client.checkMessages([1, 2, 3, 4, 5, 6])
            #expect(messages.map(\.attempt) == [1, 1, 1, 1, 1, 1])
            #expect(messages.map { $0.option("failures") } == [nil, nil, nil, nil, nil, nil])
            try client.check("REDRIVE a s dry-run", is: "OK 0")
        }
    }

    @Test func `what was unsettled before the place is before-start, and what was settled keeps its verdict`()
        async throws
    {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let expected = ["handled", "dead", "before-start", "before-start", "before-start", "waiting"]
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port, clock)
            try client.check("SEEK a s offset:6", is: "OK")
            try client.checkPush("LOST 1 5 seek")
            #expect(try verdicts(client) == expected)
            try client.check("INFO subscription a s", has: ["backlog": 1, "parked": 0, "deferred": 0, "floor": 5])
            try client.check("RESOLVE a s 3 ack", fails: "unknown-message")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            #expect(try verdicts(client) == expected)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkMessages([6])
            // And back again: what was skipped is unsettled again.
            try client.check("SEEK a s offset:4", is: "OK")
            try client.checkPush("LOST 1 1 seek")
            let messages = try client.checkMessages([4, 5, 6])
            #expect(messages.map(\.attempt) == [1, 1, 1])
            #expect(try verdicts(client)[..<3] == ["handled", "dead", "before-start"])
            try client.check("REDRIVE a s dry-run", is: "OK 1")
        }
    }

    @Test func `to a time, and behind all that is there`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port, clock)
            try client.check("SEEK a s time:\(wireStart + 2_000)", is: "OK")
            try client.checkPush("LOST 1 5 seek")
            #expect(try verdicts(client) == ["handled", "dead", "waiting", "waiting", "waiting", "waiting"])
            try client.check("SEEK a s time:\(wireStart + 2_001)", is: "OK")
            #expect(try verdicts(client)[..<4] == ["handled", "dead", "before-start", "waiting"])
            try client.check("SEEK a s new", is: "OK")
            #expect(try verdicts(client)[2...] == ["before-start", "before-start", "before-start", "before-start"])
            try client.check("WINDOW 1 9", is: "OK")
            try client.checkQuiet()
            try client.publish("a", "y")
            try client.checkMessage(offset: 7)
        }
    }

    @Test func `a place that is not there yet is waited for, and one that is gone is the oldest`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("SEEK a s offset:3", is: "OK")
            try client.publish("a", "1", "2", "3", "4")
            try client.checkMessages([3, 4])
            try client.checkWhy("a 2 s", is: "before-start")
            try client.check("PURGE a before=3", is: "OK")
            try client.check("SEEK a s offset:1", is: "OK")
            try client.checkPush("LOST 1 1-2 seek")
            try client.checkMessages([3, 4])
        }
    }

    @Test func `what was redriven to before the place is before-start after the next one, lower or not`() async throws {
        for place in [4, 2] {
            let clock = ManualClock()
            try await wire(clock: clock) { port in
                let client = try WireClient(port)
                try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
                try client.publish("a", "1", "2", "3", "4")
                try client.checkMessages([1, 2, 3, 4])
                try client.check("REJECT 1 1", is: "OK 1")
                try client.check("SEEK a s offset:3", is: "OK")
                try client.checkPush("LOST 1 2-4 seek")
                try client.checkMessages([3, 4])
                try client.check("REDRIVE a s", is: "OK 1")
                clock.advance(by: 1_000)
                try client.checkMessage(offset: 1, attempt: 2)
                try client.check("SEEK a s offset:\(place)", is: "OK")
                try client.checkWhy("a 1 s", is: "before-start")
                try client.checkWhy("a 2 s", is: place == 4 ? "before-start" : "leased")
                try client.check("REDRIVE a s dry-run", is: "OK 0")
            }
        }
    }

    @Test func `what had expired before keeps its verdict, also when it did so while the broker was down`() async throws
    {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("PUB a 1 ttl=10s", "x", is: "OK 1")
            try client.check("PUB a 1 ttl=20s", "x", is: "OK 2")
            try client.publish("a", "x", "x")
            clock.advance(by: 10_000)
            try client.checkWhy("a 1 s", is: "expired")
            try client.check("SEEK a s offset:2", is: "OK")
            try client.checkWhy("a 1 s", is: "expired")
        }
        clock.advance(by: 10_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SEEK a s offset:4", is: "OK")
            for (offset, verdict) in [(1, "expired"), (2, "expired"), (3, "before-start"), (4, "waiting")] {
                try client.checkWhy("a \(offset) s", is: verdict)
            }
        }
    }

    @Test func `what is parked when its time is over has not expired, and is before-start behind a seek`() async throws
    {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("PUB a 1 ttl=10s", "x", is: "OK 1")
            try client.publish("a", "y")
            try client.checkMessages([1, 2])
            try client.check("PARK 1 1", is: "OK 1")
            clock.advance(by: 20_000)
            try client.checkWhy("a 1 s", is: "parked")
            try client.check("SEEK a s offset:2", is: "OK")
            try client.check("PING", is: "PONG")
            clock.advance(by: 2_000)
            try client.check("PING", is: "PONG")
            try client.checkWhy("a 1 s", is: "before-start")
        }
    }

    @Test func `what was settled keeps its verdict over many seeks and a restart`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let count = 40
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=1", is: "OK created lease=30s")
            for number in 1...count { try client.check("PUB a 1", "x", is: "OK \(number)") }
            for number in 1..<count {
                let message = try client.checkMessage(offset: UInt64(number))
                let verb = number.isMultiple(of: 2) ? "ACK" : "REJECT"
                try client.check("\(verb) 1 \(try #require(message.tag))", is: "OK 1")
                // The next one is on its way, and comes again.
                let next = try client.checkMessage(offset: UInt64(number + 1))
                try client.check("SEEK a s offset:\(number + 1)", is: "OK")
                try client.checkPush("LOST 1 \(try #require(next.tag)) seek")
            }
            for number in 1..<count {
                try client.checkWhy("a \(number) s", is: number.isMultiple(of: 2) ? "handled" : "dead")
            }
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for number in 1..<count {
                try client.checkWhy("a \(number) s", is: number.isMultiple(of: 2) ? "handled" : "dead")
            }
        }
    }

    @Test(arguments: [
        ("SEEK a s", "bad-argument"), ("SEEK a s first", "bad-argument"), ("SEEK a s offset:0", "bad-argument"),
        ("SEEK a s time:\(wireStart + 1)", "bad-argument"), ("SEEK a t new", "unknown-subscription"),
        ("SEEK b s new", "unknown-topic"), ("SEEK a s new now", "bad-option"),
    ])
    func `a place that makes no sense is refused`(line: String, code: String) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "x")
            try client.checkMessage(offset: 1)
            try client.check(line, fails: code)
            try client.checkWhy("a 1 s", is: "leased")
            try client.check("SEEK a s time:\(wireStart)", is: "OK")
        }
    }
}
