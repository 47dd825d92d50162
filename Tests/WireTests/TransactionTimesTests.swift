// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Transactions with times, people and expectations") struct TransactionTimesTests {
    /// A client whose consumer 1 holds the messages 1 to 3 of topic a, with two messages scheduled and one expectation.
    private func holder(_ port: Int) throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
        for number in 1...3 { try client.check("PUB a 1 id=m\(number)", "x", is: "OK \(number)") }
        try client.checkMessages([1, 2, 3])
        for id in ["x", "y"] {
            try client.check("PUB timers 1 id=\(id) delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
        }
        try client.check("EXPECT old done 1m", is: "OK")
        return client
    }

    private static let each = [
        ("PUB timers 1 id=new delay=30s", "z"), ("CANCEL timers x", nil), ("RESCHEDULE timers y delay=10s", nil),
        ("EXPECT p done 5s", nil), ("UNEXPECT old done", nil), ("PARK 1 1 code=ask note=who", nil),
    ]

    @Test func `all of them are done together, and stay so`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let due = ["y": wireStart + 12_000, "new": wireStart + 32_000]
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port)
            try client.check("BEGIN id=t", is: "OK")
            for (line, data) in Self.each { try client.check(line, data, is: "QUEUED") }
            // A delay counts from COMMIT.
            clock.advance(by: 2_000)
            try client.check("COMMIT", is: "OK 6 offsets=0")
            for (id, time) in due { try client.checkWhy("timers id:\(id)", isOnly: "scheduled", due: time) }
            #expect(try client.objects("SCHEDULED timers").map { $0["id"] as? String } == ["y", "new"])
            try client.checkWhy("a 1 s", is: "parked", ["code": "ask", "note": "who"])
            try client.check("UNEXPECT old done", is: "OK 0")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            #expect(try client.objects("SCHEDULED timers").map { $0["id"] as? String } == ["y", "new"])
            try client.checkWhy("a 1 s", is: "parked", ["code": "ask", "note": "who"])
            try client.check("UNEXPECT p done", is: "OK")
            clock.advance(by: 30_000)
            try client.check("PING", is: "PONG")
            #expect(try client.objects("PEEK timers 1 limit=9").map { $0["id"] as? String } == ["y", "new"])
        }
    }

    @Test(arguments: 0..<each.count)
    func `nothing of any kind is done when one of them fails`(kind: Int) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try holder(port)
            try client.check("BEGIN", is: "OK")
            let (line, data) = Self.each[kind]
            try client.check(line, data, is: "QUEUED")
            try client.check("CHECK p none version=7", is: "QUEUED")
            try client.check("COMMIT", is: "ERR tx 2:version 0")
            let list = try client.objects("SCHEDULED timers")
            #expect(list.map { $0["id"] as? String } == ["x", "y"])
            #expect(list.map { $0["due"] as? UInt64 } == [wireStart + 60_000, wireStart + 60_000])
            try client.checkWhy("a 1 s", is: "leased")
            try client.check("UNEXPECT p done", is: "OK 0")
            try client.check("UNEXPECT old done", is: "OK")
        }
    }

    @Test(arguments: [
        ("CANCEL timers none", "unknown-message"), ("CANCEL none x", "unknown-topic"),
        ("RESCHEDULE timers none delay=1s", "unknown-message"), ("PARK 1 9", "lease-lost"),
        ("PARK 9 1", "unknown-consumer"),
    ])
    func `a reason to fail is named at COMMIT`(line: String, code: String) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try holder(port)
            try client.check("BEGIN", is: "OK")
            try client.check("ACK 1 2", is: "QUEUED")
            try client.check(line, is: "QUEUED")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 2:\(code) "), "\(line)")
            try client.checkWhy("a 2 s", is: "leased")
        }
    }

    @Test(arguments: [
        "TOUCH 1 1", "RESOLVE a s 1 ack", "REDRIVE a s", "REDRIVE a s dry-run", "ALTER subscription a s lease=5s",
        "ALTER topic a max-age=1h", "PAUSE a s", "SEEK a s earliest", "WHY a 1 s", "SCHEDULED a",
    ])
    func `what cannot be part of one makes it fail`(line: String) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try holder(port)
            try client.check("BEGIN", is: "OK")
            try client.check(line, fails: "tx")
            #expect(try client.ask("ACK 1 1").hasPrefix("ERR tx 1:tx "))
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 1:tx "))
            try client.checkWhy("a 1 s", is: "leased", ["until": wireStart + 30_000])
            #expect(try client.object("INFO subscription a s")["paused"] as? Bool == false)
        }
    }

    @Test func `each is checked as if those before it had been done`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try holder(port)
            try client.check("BEGIN", is: "OK")
            try client.check("CANCEL timers x", is: "QUEUED")
            try client.check("PUB timers 1 id=x", "w", is: "QUEUED")
            try client.check("PUB timers 1 id=w delay=1h", "w", is: "QUEUED")
            try client.check("RESCHEDULE timers w delay=2h", is: "QUEUED")
            try client.check("COMMIT", is: "OK 4 offsets=1,0")
            try client.checkWhy("timers id:w", isOnly: "scheduled", due: wireStart + 7_200_000)
            try client.check("BEGIN", is: "OK")
            try client.check("CANCEL timers w", is: "QUEUED")
            try client.check("CANCEL timers w", is: "QUEUED")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 2:unknown-message "))
            try client.checkWhy("timers id:w", isOnly: "scheduled", due: wireStart + 7_200_000)
        }
    }

    @Test func `EXPECT and PUB count in their order`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port)
            try client.check("UNEXPECT old done", is: "OK")
            try client.check("BEGIN", is: "OK")
            try client.check("PUB done 1 process=before", "x", is: "QUEUED")
            try client.check("EXPECT before done 5s", is: "QUEUED")
            try client.check("EXPECT back done 5s lookback=1s", is: "QUEUED")
            try client.check("EXPECT after done 5s", is: "QUEUED")
            try client.check("PUB done 1 process=after", "x", is: "QUEUED")
            try client.check("PUB done 1 process=both", "x", is: "QUEUED")
            try client.check("EXPECT both done 5s lookback=1s", is: "QUEUED")
            #expect(try client.ask("COMMIT").hasPrefix("OK 7 "))
            clock.advance(by: 5_000)
            try client.check("PING", is: "PONG")
            clock.advance(by: 1_000)
            let events = try client.waitForEvents("expect.missed", count: 2)
            #expect(Set(events.compactMap { $0["process"] as? String }) == ["before", "back"])
        }
    }
}

extension WireClient {
    /// Checks that WHY without a subscription has one answer, and when the message is due.
    fileprivate func checkWhy(
        _ question: String, isOnly verdict: String, due: UInt64, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answers = try objects("WHY \(question)")
        #expect(answers.map { $0["verdict"] as? String } == [verdict], sourceLocation: sourceLocation)
        check(answers.first?["evidence"] as? [String: Any] ?? [:], has: ["due": due], sourceLocation: sourceLocation)
    }
}
