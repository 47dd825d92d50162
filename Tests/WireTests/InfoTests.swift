// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("INFO, PEEK and PURGE") struct InfoTests {
    @Test func `INFO says what the broker is and holds`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try other.check("SUB 1 a s from=new", is: "OK created lease=30s")
            clock.advance(by: 3_500)
            let info = try client.object("INFO")
            #expect(info["version"] as? String == Server.version)
            #expect(info["uptimeSeconds"] as? Int == 3)
            #expect(info["connections"] as? Int == 2)
            #expect(info["topics"] as? Int == 1)
            #expect(info["subscriptions"] as? Int == 1)
            let storage = try #require(info["storage"] as? [String: Any])
            for name in ["usedBytes", "mapBytes", "diskFreeBytes"] {
                #expect(storage[name] as? Int ?? 0 > 0, "\(name)")
            }
        }
    }

    @Test func `INFO topics is a list of what INFO topic says`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            #expect(try client.objects("INFO topics").isEmpty)
            try client.check("CREATE subscription b s from=new", is: "OK")
            try client.check("CREATE topic a", is: "OK")
            try client.publish("b", "one", "two")
            let topics = try client.objects("INFO topics")
            #expect(topics.map { $0["name"] as? String } == ["a", "b"])
            let topic = try client.object("INFO topic b")
            #expect(topic["name"] as? String == "b")
            #expect(topic["id"] as? Int != nil)
            #expect(topic["first"] as? Int == 1)
            #expect(topic["next"] as? Int == 3)
            #expect(topic["messages"] as? Int == 2)
            #expect(topic["bytes"] as? Int ?? 0 >= 6)
            #expect(topic["retention"] as? String == "limits")
            #expect(topic["subscriptions"] as? [String] == ["s"])
            #expect(topics[1]["next"] as? Int == 3)
        }
    }

    @Test func `a publish that nobody will see is announced`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.publish("a", "one", "two")
            let events = try client.objects("PEEK $sys.topic.no-subscriber 1 limit=10")
            #expect(events.count == 1)
            #expect((events.first?["body"] as? String)?.contains(#""topic":"a""#) == true)
        }
    }

    @Test func `INFO subscription tells when the oldest message became visible that is not settled`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            #expect(try client.object("INFO subscription a s")["oldestTime"] == nil)
            for body in ["1", "2", "3"] {
                try client.publish("a", body)
                clock.advance(by: 1_000)
            }
            try client.check("INFO subscription a s", has: ["oldestTime": wireStart])
            try client.check("SUB 1 a s", is: "OK lease=30s")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("ACK 1 2", is: "OK 1")
            try client.check("INFO subscription a s", has: ["oldestTime": wireStart])
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("INFO subscription a s", has: ["oldestTime": wireStart + 2_000])
            try client.check("ACK 1 3", is: "OK 1")
            #expect(try client.object("INFO subscription a s")["oldestTime"] == nil)
            // What is delivered again is as old as it was.
            try client.check("REDRIVE a s", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 2)
            try client.check("INFO subscription a s", has: ["oldestTime": wireStart])
        }
    }

    @Test func `INFO subscription counts what it has to do`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=4", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3", "4", "5", "6")
            for offset in 1...4 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("WINDOW 1 0", is: "OK")
            try client.check("ACK 1 1", is: "OK 1")
            try client.check("NACK 1 2 delay=1h", is: "OK 1")
            try client.check("REJECT 1 3", is: "OK 1")
            let info = try client.object("INFO subscription a s")
            let expected = [
                "floor": 1, "backlog": 4, "inFlight": 1, "deferred": 1, "parked": 0, "dead": 1, "lost": 0,
                "consumers": 1,
            ]
            for (name, number) in expected { #expect(info[name] as? Int == number, "\(name)") }
            #expect(info["topic"] as? String == "a")
            #expect(info["name"] as? String == "s")
            #expect(info["paused"] as? Bool == false)
            #expect((info["settings"] as? [String: Any])?["lease"] as? Int == 30_000)
        }
    }

    @Test func `INFO consumers names everybody`() async throws {
        try await wire { port in
            let first = try WireClient(port, hello: "HELLO 1 client=till%204")
            let second = try WireClient(port, hello: "HELLO 1")
            #expect(try first.objects("INFO consumers").isEmpty)
            try first.check("SUB 7 a s from=new window=5", is: "OK created lease=30s")
            try second.check("SUB 1 b t from=new", is: "OK created lease=30s")
            try first.publish("a", "one")
            try first.checkMessage(offset: 1)
            let consumers = try second.objects("INFO consumers")
            try #require(consumers.count == 2)
            #expect(consumers[0]["client"] as? String == "till 4")
            #expect(consumers[0]["consumer"] as? Int == 7)
            #expect(consumers[0]["topic"] as? String == "a")
            #expect(consumers[0]["subscription"] as? String == "s")
            #expect(consumers[0]["window"] as? Int == 5)
            #expect(consumers[0]["inFlight"] as? Int == 1)
            #expect(consumers[0]["deliveries"] as? Int == 1)
            #expect((consumers[1]["client"] as? String)?.isEmpty == false)
        }
    }

    @Test(arguments: [
        ("INFO topic", "bad-argument"), ("INFO topic b", "unknown-topic"), ("INFO topic b!", "bad-name"),
        ("INFO subscription a", "bad-argument"), ("INFO subscription b s", "unknown-topic"),
        ("INFO subscription a t", "unknown-subscription"), ("INFO everything", "bad-argument"),
        ("INFO topics now", "bad-option"), ("INFO consumers now", "bad-option"), ("INFO topic a now", "bad-option"),
        ("PEEK", "bad-argument"), ("PEEK a", "bad-argument"), ("PEEK a 0", "bad-argument"),
        ("PEEK a x", "bad-argument"),
        ("PEEK b 1", "unknown-topic"), ("PEEK a 1 limit=0", "bad-option"), ("PEEK a 1 limit=1001", "bad-option"),
        ("PEEK a 1 colour=red", "bad-option"), ("PURGE", "bad-argument"), ("PURGE b", "unknown-topic"),
        ("PURGE a before=0", "bad-option"), ("PURGE a now", "bad-option"),
    ])
    func `a question that makes no sense is refused`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.publish("a", "one")
            try client.check(line, fails: code)
            #expect(try client.object("INFO topic a")["messages"] as? Int == 1)
        }
    }

    @Test func `PEEK looks without consuming`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=earliest", is: "OK")
            let headers = "A: b\nC: d\n"
            try client.check(
                "PUB a 3 id=i key=k process=p cause=c hdr=\(headers.utf8.count)", headers + "one", is: "OK 1")
            try client.send(Array("PUB a 2\r\n".utf8) + [0xFF, 0x00] + Array("\r\n".utf8))
            #expect(try client.reply().line == "OK 2")
            let messages = try client.objects("PEEK a 1 limit=1000")
            try #require(messages.count == 2)
            #expect(messages[0]["offset"] as? Int == 1)
            #expect(messages[0]["time"] as? Int ?? 0 > 0)
            for (name, value) in ["id": "i", "key": "k", "process": "p", "cause": "c", "body": "one"] {
                #expect(messages[0][name] as? String == value)
            }
            #expect(messages[0]["headers"] as? [String: String] == ["A": "b", "C": "d"])
            #expect(messages[1]["bodyBase64"] as? String == "/wA=")
            #expect(messages[1]["body"] == nil)
            #expect(try client.objects("PEEK a 2").map { $0["offset"] as? Int } == [2])
            #expect(try client.objects("PEEK a 3").isEmpty)
            #expect(try client.objects("PEEK a 9223372036854775807").isEmpty)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkMessage(offset: 1)
            try client.checkMessage(offset: 2)
        }
    }

    @Test func `PEEK shows as many as were asked for`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(String(repeating: "PUB a 1\r\nx\r\n", count: 1_001))
            for _ in 0..<1_001 { _ = try client.reply() }
            #expect(try client.objects("PEEK a 1").count == 1)
            #expect(try client.objects("PEEK a 1 limit=7").count == 7)
            #expect(try client.objects("PEEK a 1 limit=1000").count == 1_000)
        }
    }

    @Test func `PURGE drops what is there, for everybody`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=earliest", is: "OK")
            try client.publish("a", "1", "2", "3")
            try client.check("PURGE a before=3", is: "OK")
            #expect(try client.objects("PEEK a 1 limit=9").map { $0["offset"] as? Int } == [3])
            #expect(try client.object("INFO subscription a s")["backlog"] as? Int == 1)
            try client.check("PURGE a before=2", is: "OK")
            #expect(try client.object("INFO topic a")["first"] as? Int == 3)
            try client.check("PURGE a", is: "OK")
            #expect(try client.object("INFO topic a")["messages"] as? Int == 0)
            #expect(try client.object("INFO subscription a s")["backlog"] as? Int == 0)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkQuiet()
            try client.check("PUB a 1", "x", is: "OK 4")
            try client.checkMessage(offset: 4)
        }
    }

    @Test func `a purge past the end leaves what is published later`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.publish("a", "1", "2")
            try client.check("PURGE a before=9223372036854775807", is: "OK")
            try client.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            try client.publish("a", "3")
            try client.checkMessage(offset: 3)
        }
    }

    @Test func `what is held when it is purged is lost to its consumer, and what waits does not come either`()
        async throws
    {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3", "4")
            for offset in 1...4 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("NACK 1 1 delay=10s", is: "OK 1")
            try client.check("PURGE a", is: "OK")
            try client.checkPush("LOST 1 2-4 purged")
            try client.check("ACK 1 2", is: "OK 0 lost=2")
            try client.check("NACK 1 3 delay=0ms", is: "OK 0 lost=3")
            try client.check("REJECT 1 4", is: "OK 0 lost=4")
            clock.advance(by: 20_000)
            try client.checkQuiet()
            let info = try client.object("INFO subscription a s")
            for name in ["backlog", "inFlight", "deferred", "dead"] { #expect(info[name] as? Int == 0, "\(name)") }
        }
    }
}
