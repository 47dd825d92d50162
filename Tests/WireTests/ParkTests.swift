// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("PARK and PARKED") struct ParkTests {
    @Test func `a parked message leaves the lane and waits for a person`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=1", is: "OK created lease=30s")
            try client.check("PUB a 1 id=i key=k process=p", "x", is: "OK 1")
            try client.publish("a", "y")
            try client.checkMessage(offset: 1)
            clock.advance(by: 500)
            try client.check("PARK 1 1 code=ask note=who%20pays?", is: "OK 1")
            // It uses no window.
            try client.checkMessage(offset: 2)
            try client.check("INFO subscription a s", has: ["backlog": 2, "inFlight": 1, "deferred": 0, "parked": 1])
            let parked = try #require(try client.objects("PARKED a s").first)
            client.check(
                parked,
                has: [
                    "offset": 1, "time": wireStart, "since": wireStart + 500, "id": "i", "key": "k", "process": "p",
                    "code": "ask", "note": "who pays?", "consumer": "test/1", "deliveries": 1, "failures": 0,
                ])
            try client.checkWhy(
                "a 1 s", is: "parked",
                ["since": wireStart + 500, "consumer": "test/1", "code": "ask", "note": "who pays?"])
            clock.advance(by: 20_000)
            try client.check("PARK 1 1", is: "OK 1")
            try client.check("ACK 1 7", is: "OK 0 lost=7")
            let event = try #require(try client.events("message.parked").first)
            client.check(
                event,
                has: [
                    "topic": "a", "offset": 1, "subscription": "s", "consumer": "test/1", "key": "k", "process": "p",
                    "code": "ask", "note": "who pays?", "severity": "info", "time": wireStart + 500,
                ])
            #expect(try client.events("message.parked").count == 1)
        }
    }

    @Test func `what is parked stays so over a restart, with its history`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let list = try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "x", "y", "z")
            try client.checkMessages([1, 2, 3])
            clock.advance(by: 120)
            try client.check("NACK 1 1 code=E7 note=first delay=0s", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 2)
            try client.check("PARK 1 4,2 note=%C3%A9", is: "OK 2")
            try client.say("PARKED a s")
            return try client.reply().body
        }
        #expect(list.contains(#""attempts":[{"#), "\(list)")
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.say("PARKED a s")
            #expect(try client.reply().body == list)
            let parked = try client.objects("PARKED a s")
            #expect(parked.map { $0["offset"] as? Int } == [1, 2])
            client.check(parked[0], has: ["deliveries": 2, "failures": 1, "note": "é"])
            let attempts = try #require(parked[0]["attempts"] as? [[String: Any]])
            client.check(
                try #require(attempts.first),
                has: ["outcome": "nack", "code": "E7", "ms": 120, "consumer": "test/1", "time": wireStart + 120])
            try client.check("INFO subscription a s", has: ["parked": 2, "backlog": 3])
            try client.check("SUB 1 a s", is: "OK lease=30s")
            // The restart gave back what was held, and nothing else.
            try client.checkMessage(offset: 3)
            try client.checkQuiet()
            try client.checkWhy("a 2 s", is: "parked", ["since": wireStart + 120, "note": "é"])
        }
    }

    @Test func `PARKED goes on behind an offset, and shows as many as were asked for`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=2000", is: "OK created lease=30s")
            try client.send(String(repeating: "PUB a 1\r\nx\r\n", count: 1_001))
            for _ in 0..<1_001 { _ = try client.reply() }
            for _ in 0..<1_001 { _ = try client.message() }
            try client.check("PARK 1 1-1001", is: "OK 1001")
            #expect(try client.objects("PARKED a s").count == 100)
            #expect(try client.objects("PARKED a s limit=1").map { $0["offset"] as? Int } == [1])
            #expect(try client.objects("PARKED a s limit=1000").count == 1_000)
            #expect(try client.objects("PARKED a s limit=1000 after=1000").map { $0["offset"] as? Int } == [1_001])
            #expect(try client.objects("PARKED a s after=1001").isEmpty)
            #expect(try client.objects("PARKED a s after=9223372036854775807").isEmpty)
        }
    }

    @Test func `a code of 64 bytes and a note of 1,024 are the limit`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "x")
            try client.checkMessage(offset: 1)
            let (code, note) = (String(repeating: "c", count: 64), String(repeating: "n", count: 1_024))
            try client.check("PARK 1 1 code=\(code)c", fails: "bad-option")
            try client.check("PARK 1 1 note=\(note)n", fails: "bad-option")
            try client.check("PARK 1 1 delay=1s", fails: "bad-option")
            try client.check("PARK 2 1", fails: "unknown-consumer")
            try client.check("PARK 1 1 code=\(code) note=\(note)", is: "OK 1")
            try client.checkWhy("a 1 s", is: "parked", ["code": code, "note": note])
            try client.check("RESOLVE a s 1 retry note=\(note)n", fails: "bad-option")
            try client.check("RESOLVE a s 1 retry note=\(note)", is: "OK")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("note") == note)
        }
    }

    @Test(arguments: [
        ("PARKED a t", "unknown-subscription"), ("PARKED b s", "unknown-topic"), ("PARKED a s limit=0", "bad-option"),
        ("PARKED a s limit=1001", "bad-option"), ("PARKED a s after=x", "bad-option"), ("PARKED a s x", "bad-option"),
        ("RESOLVE a s 2 ack", "unknown-message"), ("RESOLVE a s 9 ack", "unknown-message"),
        ("RESOLVE a s 0 ack", "bad-argument"), ("RESOLVE a s x ack", "bad-argument"),
        ("RESOLVE a s 1 nack", "bad-argument"), ("RESOLVE a t 1 ack", "unknown-subscription"),
        ("RESOLVE b s 1 ack", "unknown-topic"), ("RESOLVE a s 1 ack code=x", "bad-option"),
    ])
    func `what makes no sense is refused and decides nothing`(line: String, code: String) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "x", "y")
            try client.checkMessages([1, 2])
            try client.check("PARK 1 1", is: "OK 1")
            try client.check("ACK 1 2", is: "OK 1")
            try client.check(line, fails: code)
            try client.check("INFO subscription a s", has: ["parked": 1, "backlog": 1])
        }
    }
}
