// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("ttl and on-expire") struct ExpiryTests {
    /// Lets the time come at which something is recorded, within a second of when it happens.
    private func pass(_ clock: ManualClock, _ milliseconds: UInt64, _ client: WireClient) throws {
        clock.advance(by: milliseconds)
        try client.check("PING", is: "PONG")
        clock.advance(by: 1_000)
        try client.check("PING", is: "PONG")
    }

    @Test func `what is over is not delivered, and recorded without consumers`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("PUB a 1 id=i ttl=10s", "x", is: "OK 1")
            try client.check("PUB a 1", "y", is: "OK 2")
            clock.advance(by: 9_999)
            try client.checkWhy("a 1 s", is: "waiting", ["reason": "no-consumer", "ahead": 0])
            try pass(clock, 1, client)
            try client.checkWhy("a 1 s", is: "expired")
            let event = try #require(try client.waitForEvents("message.expired", count: 1).first)
            client.check(event, has: ["topic": "a", "subscription": "s", "offset": 1, "severity": "warning"])
            try client.check("INFO subscription a s", has: ["backlog": 1, "dead": 0])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.checkWhy("a id:i s", is: "expired")
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkMessages([2])
            try client.check("RESOLVE a s 1 retry", fails: "unknown-message")
        }
    }

    @Test func `its time counts from when it is due`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("PUB a 1 ttl=10s delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
            clock.advance(by: 60_000)
            try client.check("PING", is: "PONG")
            clock.advance(by: 9_999)
            try client.checkWhy("a 1 s", is: "waiting")
            try pass(clock, 1, client)
            try client.checkWhy("a 1 s", is: "expired")
        }
    }

    @Test func `a lease that runs may end, and what returns expires`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            for offset in 1...4 { try client.check("PUB a 1 ttl=10s", "x", is: "OK \(offset)") }
            try client.checkMessages([1, 2, 3, 4])
            try client.check("NACK 1 4 delay=1h", is: "OK 1")
            try pass(clock, 10_000, client)
            try client.checkWhy("a 1 s", is: "leased")
            try client.checkWhy("a 4 s", is: "expired")
            try client.check("ACK 1 1", is: "OK 1")
            try client.check("NACK 1 2 delay=0s", is: "OK 1")
            try client.check("PARK 1 3", is: "OK 1")
            try pass(clock, 0, client)
            #expect(client.heldPushes == [])
            try client.checkWhy("a 1 s", is: "handled")
            try client.checkWhy("a 2 s", is: "expired")
            try client.checkWhy("a 3 s", is: "parked")
            try pass(clock, 86_400_000, client)
            try client.checkWhy("a 3 s", is: "parked")
            // A person's word ends the ttl.
            try client.check("RESOLVE a s 3 retry", is: "OK")
            try client.checkMessage(offset: 3, attempt: 2)
            try client.check("NACK 1 5 delay=10s", is: "OK 1")
            try pass(clock, 10_000, client)
            try client.checkMessage(offset: 3, attempt: 3)
        }
    }

    @Test func `with on-expire=dead it is a dead letter, each subscription for itself`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a dies from=new on-expire=dead on-poison=park", is: "OK")
            try client.check("CREATE subscription a drops from=new", is: "OK")
            try client.check("PUB a 5 id=i ttl=10s", "hello", is: "OK 1")
            try pass(clock, 10_000, client)
            try client.checkWhy("a 1 drops", is: "expired")
            try client.checkWhy("a 1 dies", is: "dead", ["reason": "expired", "topic": "$dead.a.dies", "offset": 1])
            let letter = try #require(try client.objects("PEEK $dead.a.dies 1").first)
            let headers = try #require(letter["headers"] as? [String: String])
            #expect(headers["Martlet-Dead-Reason"] == "expired")
            #expect(letter["body"] as? String == "hello")
            // The copy has no ttl of its own.
            try pass(clock, 60_000, client)
            #expect(try client.objects("PEEK $dead.a.dies 1").count == 1)
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a dies", is: "OK lease=30s")
            try client.checkQuiet()
            try client.check("REDRIVE a dies", is: "OK 1")
            clock.advance(by: 1_000)
            try client.checkMessage(offset: 1, attempt: 1, body: "hello")
            try client.check("NACK 1 1 delay=1m", is: "OK 1")
            try pass(clock, 60_000, client)
            try client.checkMessage(offset: 1, attempt: 2)
        }
    }

    @Test func `what expired while the broker was down is so at its start`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            for offset in 1...3 { try client.check("PUB a 1 ttl=10s", "x", is: "OK \(offset)") }
            try client.checkMessages([1, 2, 3])
            try client.check("PARK 1 2", is: "OK 1")
            try client.check("ACK 1 3", is: "OK 1")
        }
        clock.advance(by: 10_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkQuiet()
            try pass(clock, 0, client)
            #expect(client.heldPushes == [])
            try client.waitForWhy("a 1 s", is: "expired")
            try client.checkWhy("a 2 s", is: "parked")
            try client.checkWhy("a 3 s", is: "handled")
        }
    }

    @Test func `a thousand that expire together are told together`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.send(String(repeating: "PUB a 1 ttl=1s\r\nx\r\n", count: 1_000))
            for _ in 0..<1_000 { _ = try client.reply() }
            try pass(clock, 1_000, client)
            try client.wait("INFO subscription a s", until: "backlog", is: 0)
            let events = try client.waitForEvents("message.expired", count: 1)
            #expect(events.count < 100)
            #expect(events.reduce(0) { $0 + ($1["count"] as? Int ?? 1) } == 1_000)
            let many = try #require(events.last { $0["count"] != nil })
            #expect(many["first"] != nil && many["last"] != nil && many["offset"] == nil, "\(many)")
        }
    }
}
