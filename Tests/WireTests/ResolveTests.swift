// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("RESOLVE") struct ResolveTests {
    /// A client whose messages 1 to 4 of topic a are parked, leased, deferred and waiting.
    private func holder(_ port: Int) throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new window=3 max-failures=9", is: "OK created lease=30s")
        for number in 1...4 { try client.check("PUB a 1 id=m\(number)", "x", is: "OK \(number)") }
        try client.checkMessages([1, 2, 3])
        try client.check("WINDOW 1 0", is: "OK")
        try client.check("NACK 1 1 delay=0s code=E1", is: "OK 1")
        try client.check("NACK 1 3 delay=1h code=E3", is: "OK 1")
        try client.check("WINDOW 1 2", is: "OK")
        try client.checkMessage(offset: 1, attempt: 2)
        try client.check("WINDOW 1 0", is: "OK")
        try client.check("PARK 1 4 code=ask", is: "OK 1")
        try client.checkWhy("a 1 s", is: "parked")
        try client.checkWhy("a 2 s", is: "leased")
        try client.checkWhy("a 3 s", is: "deferred")
        try client.checkWhy("a 4 s", is: "waiting")
        return client
    }

    @Test func `ack handles any message that is not settled, for good`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port)
            for offset in 1...4 {
                try client.check("RESOLVE a s \(offset) ack note=paid%20by%20hand", is: "OK")
                try client.checkWhy(
                    "a \(offset) s", is: "handled", ["resolved": "ack", "note": "paid by hand", "at": wireStart])
                try client.check("RESOLVE a s \(offset) ack", fails: "unknown-message")
                try client.check("RESOLVE a s \(offset) retry", fails: "unknown-message")
            }
            try client.checkPush("LOST 1 2 resolved")
            try client.check("ACK 1 2", is: "OK 0 lost=2")
            try client.check("INFO subscription a s", has: ["backlog": 0, "parked": 0, "deferred": 0, "inFlight": 0])
            #expect(try client.objects("PARKED a s").isEmpty)
            let events = try client.events("message.resolved")
            #expect(events.map { $0["offset"] as? Int } == [1, 2, 3, 4])
            client.check(
                events[0], has: ["topic": "a", "subscription": "s", "note": "paid by hand", "severity": "info"])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            clock.advance(by: 3_600_000)
            try client.checkQuiet()
            for offset in 1...4 {
                try client.checkWhy("a \(offset) s", is: "handled", ["resolved": "ack", "note": "paid by hand"])
            }
        }
    }

    @Test func `retry delivers at once, with no failures and what the person said`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port)
            for offset in 1...4 { try client.check("RESOLVE a s \(offset) retry note=try%20%C3%A9", is: "OK") }
            try client.checkPush("LOST 1 2 resolved")
            try client.check("WINDOW 1 9", is: "OK")
            let messages = try client.checkMessages([1, 2, 3, 4])
            #expect(messages.map(\.attempt) == [3, 2, 2, 1])
            #expect(messages.map { $0.option("note") } == Array(repeating: "try%20%C3%A9", count: 4))
            #expect(messages.map { $0.option("failures") } == [nil, nil, nil, nil])
            try client.checkWhy(
                "a 1 s", is: "leased", ["attempt": 3, "consumer": "test/1", "until": wireStart + 30_000])
            // What fails now is the first failure again.
            try client.check("NACK 1 \(try #require(messages[0].tag)) delay=1h", is: "OK 1")
            try client.checkWhy("a 1 s", is: "deferred", ["failures": 1, "maxFailures": 9, "deliveries": 3])
        }
    }

    @Test func `a retry that nobody has taken yet stays over a restart`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port)
            for offset in [1, 3] { try client.check("RESOLVE a s \(offset) retry note=again", is: "OK") }
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            let messages = try (1...4).map { _ in try client.message() }
            try client.checkQuiet()
            #expect(Set(messages.map(\.offset)) == [1, 2, 3, 4])
            #expect(Set(messages.filter { $0.option("note") == "again" }.map(\.offset)) == [1, 3])
            #expect(messages.map { $0.option("failures") } == [nil, nil, nil, nil])
        }
    }

    @Test func `reject makes a dead letter with the note of the person, whatever on-poison says`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port)
            try client.check("ALTER subscription a s on-poison=park", is: "OK")
            for offset in 1...4 { try client.check("RESOLVE a s \(offset) reject note=never", is: "OK") }
            try client.checkPush("LOST 1 2 resolved")
            try client.check("INFO subscription a s", has: ["dead": 4, "backlog": 0, "parked": 0])
            let letters = try client.objects("PEEK $dead.a.s 1 limit=9")
            #expect(letters.map { $0["id"] as? String } == ["m1", "m2", "m3", "m4"])
            for letter in letters {
                let headers = try #require(letter["headers"] as? [String: String])
                #expect(headers["Martlet-Dead-Reason"] == "rejected")
                #expect(headers["Martlet-Dead-Note"] == "never")
            }
            try client.check("CREATE subscription $dead.a.s desk from=earliest", is: "OK")
            try client.check("RESOLVE $dead.a.s desk 1 reject", fails: "conflict")
            try client.check("RESOLVE $dead.a.s desk 1 ack", is: "OK")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for offset in 1...4 {
                try client.checkWhy(
                    "a \(offset) s", is: "dead",
                    ["reason": "rejected", "topic": "$dead.a.s", "offset": offset, "at": wireStart])
            }
        }
    }

    @Test func `no transaction holds a RESOLVE`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try holder(port)
            try client.check("BEGIN", is: "OK")
            try client.check("RESOLVE a s 1 ack", fails: "tx")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 1:tx "))
            try client.checkWhy("a 1 s", is: "parked")
        }
    }
}
