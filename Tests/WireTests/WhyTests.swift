// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("WHY") struct WhyTests {
    @Test func `what lies behind more waiting messages than are remembered waits for the look-ahead`() async throws {
        try await wire(settings { $0.keyMemory = 500 }) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new order=key window=10", is: "OK created lease=30s")
            for _ in 1...1_000 { _ = try client.ask("PUB a 1 key=held", "x") }
            try client.check("PUB a 1 key=free", "y", is: "OK 1001")
            try client.checkMessage(offset: 1)
            try client.checkQuiet()
            try client.checkWhy("a 2 s", is: "blocked", ["by": 1])
            try client.checkWhy("a 1001 s", is: "waiting", ["reason": "look-ahead"])
            // It is read on as soon as there is room.
            var (tag, offset) = (1, UInt64?(1))
            while offset != 1_001 {
                try client.check("ACK 1 \(tag)", is: "OK 1")
                offset = try client.message().offset
                tag += 1
            }
            #expect(tag < 1_001)
            try client.checkWhy("a 1001 s", is: "leased")
        }
    }

    @Test func `waiting tells the first of its reasons and what comes before`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            for number in 1...6 { try client.check("PUB a 1 id=m\(number)", "x", is: "OK \(number)") }
            try client.checkWhy("a 4 s", is: "waiting", ["reason": "no-consumer", "ahead": 3])
            try client.check("PAUSE a s", is: "OK")
            try client.checkWhy("a 1 s", is: "waiting", ["reason": "paused", "ahead": 0])
            try client.check("SUB 1 a s window=2", is: "OK lease=30s")
            try client.checkWhy("a id:m2 s", is: "waiting", ["reason": "paused", "ahead": 1])
            try client.check("RESUME a s", is: "OK")
            try client.checkMessages([1, 2])
            let answer = try client.checkWhy("a 4 s", is: "waiting", ["reason": "no-window"])
            client.check(answer, has: ["topic": "a", "subscription": "s", "offset": 4])
            #expect(Set(answer.keys) == ["verdict", "topic", "subscription", "offset", "evidence", "next"])
        }
    }

    @Test func `leased tells by whom, until when and how far it is`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port, hello: "HELLO 1 client=worker%203 heartbeat=0")
            try client.check("SUB 7 a s from=new", is: "OK created lease=30s")
            try client.check("PUB a 1 id=i", "x", is: "OK 1")
            try client.checkMessage(offset: 1)
            let bare = try client.checkWhy(
                "a 1 s", is: "leased", ["consumer": "worker 3/7", "until": wireStart + 30_000, "attempt": 1])
            let evidence = try #require(bare["evidence"] as? [String: Any])
            #expect(evidence["progress"] == nil && evidence["note"] == nil, "\(evidence)")
            clock.advance(by: 1_000)
            try client.check(
                "TOUCH 7 1 for=1m progress=100 note=calling%20model", is: "OK 1 until=\(wireStart + 61_000)")
            try client.checkWhy(
                "a id:i s", is: "leased", ["until": wireStart + 61_000, "progress": 100, "note": "calling model"])
            try client.check("TOUCH 7 1 progress=101", fails: "bad-option")
            try client.check("RELEASE 7 1", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 2)
            let again = try client.checkWhy("a 1 s", is: "leased", ["attempt": 2])
            #expect((again["evidence"] as? [String: Any])?["progress"] == nil)
        }
    }

    @Test func `deferred tells until when, how often it failed and why`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let evidence: [String: any Sendable] = [
            "until": wireStart + 3_600_000, "deliveries": 2, "failures": 2, "maxFailures": 9, "code": "E2",
            "note": "no stock",
        ]
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=9", is: "OK created lease=30s")
            try client.publish("a", "x", "y")
            try client.checkMessages([1, 2])
            try client.check("NACK 1 1 delay=0s code=E1", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 2)
            try client.check("NACK 1 3 delay=1h code=E2 note=no%20stock", is: "OK 1")
            try client.check("RELEASE 1 2 delay=1m", is: "OK 1")
            try client.checkWhy("a 1 s", is: "deferred", evidence)
            try client.checkWhy("a 2 s", is: "deferred", ["until": wireStart + 60_000, "failures": 0])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.checkWhy("a 1 s", is: "deferred", evidence)
            try client.checkWhy("a 2 s", is: "deferred", ["until": wireStart + 60_000])
        }
    }

    @Test func `dead tells the reason and where the copy lies`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let reasons = [1: "rejected", 2: "max-failures", 3: "max-deliveries"]
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=1 max-deliveries=1", is: "OK created lease=30s")
            try client.publish("a", "x", "y", "z")
            try client.checkMessages([1, 2, 3])
            clock.advance(by: 700)
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("NACK 1 2", is: "OK 1")
            try client.check("RELEASE 1 3", is: "OK 1")
            for (offset, reason) in reasons {
                try client.checkWhy(
                    "a \(offset) s", is: "dead",
                    ["reason": reason, "at": wireStart + 700, "topic": "$dead.a.s", "offset": offset])
            }
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for (offset, reason) in reasons {
                try client.checkWhy(
                    "a \(offset) s", is: "dead", ["reason": reason, "topic": "$dead.a.s", "offset": offset])
            }
            // The copies are messages with verdicts of their own.
            try client.check("CREATE subscription $dead.a.s desk from=earliest", is: "OK")
            try client.checkWhy("$dead.a.s 1 desk", is: "waiting", ["reason": "no-consumer"])
        }
    }

    @Test func `a lease cap ends in a dead letter of that reason`() async throws {
        let clock = ManualClock()
        try await wire(settings { $0.leaseCap = 60_000 }, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=1", is: "OK created lease=30s")
            try client.publish("a", "x")
            try client.checkMessage(offset: 1)
            try client.check("TOUCH 1 1 for=1h", is: "OK 1 until=\(wireStart + 60_000)")
            clock.advance(by: 60_000)
            try client.checkPush("LOST 1 1 timeout")
            try client.checkWhy("a 1 s", is: "dead", ["reason": "lease-cap"])
        }
    }

    @Test func `handled, before-start, filtered, expired and lost are told, over a restart too`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let expected = [
            "a 1 late": "before-start", "a 2 late": "waiting", "a 1 s": "handled", "a 2 s": "expired",
            "a 1 picky": "filtered", "a 3 s": "waiting", "a 3 picky": "waiting", "a id:none s": "not-found",
            "a 4 s": "not-found", "a 9223372036854775807 s": "not-found",
        ]
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a picky from=earliest key-prefix=k", is: "OK")
            try client.check("SUB 1 a s from=earliest window=1", is: "OK created lease=30s")
            try client.check("PUB a 1 id=i", "x", is: "OK 1")
            try client.checkMessage(offset: 1)
            try client.check("CREATE subscription a late from=offset:2 on-expire=dead", is: "OK")
            try client.check("WINDOW 1 0", is: "OK")
            try client.check("ACK 1 1", is: "OK 1")
            try client.check("PUB a 1 ttl=5s", "y", is: "OK 2")
            try client.check("PUB a 1 key=k", "z", is: "OK 3")
            for (question, verdict) in expected where !question.hasPrefix("a 2") {
                try client.checkWhy(question, is: verdict)
            }
            clock.advance(by: 5_000)
            try client.check("PING", is: "PONG")
            clock.advance(by: 1_000)
            try client.waitForWhy("a 2 s", is: "expired")
            try client.waitForWhy("a 2 late", is: "dead")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for (question, verdict) in expected where question != "a 2 late" {
                try client.checkWhy(question, is: verdict)
            }
            try client.checkWhy("a 2 late", is: "dead", ["reason": "expired"])
            try client.checkWhy("a id:i s", is: "handled")
        }
    }

    @Test func `what was purged is lost, by whom, and its id is not found`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            for number in 1...3 { try client.check("PUB a 1 id=m\(number)", "x", is: "OK \(number)") }
            try client.checkMessages([1, 2, 3])
            try client.check("ACK 1 1", is: "OK 1")
            try client.check("PURGE a before=3", is: "OK")
            try client.checkWhy("a 1 s", is: "handled")
            let answer = try client.checkWhy("a 2 s", is: "lost-to-retention", ["at": wireStart])
            let evidence = try #require(answer["evidence"] as? [String: Any])
            #expect(evidence["purged"] as? Bool == true, "\(evidence)")
            #expect((evidence["by"] as? String)?.hasPrefix("test") == true, "\(evidence)")
            try client.checkWhy("a id:m2 s", is: "not-found")
            try client.check("INFO subscription a s", has: ["backlog": 1, "lost": 0])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.checkWhy("a 1 s", is: "handled")
            let answer = try client.checkWhy("a 2 s", is: "lost-to-retention")
            #expect((answer["evidence"] as? [String: Any])?["purged"] as? Bool == true)
            try client.checkWhy("a 3 s", is: "waiting", ["reason": "no-consumer", "ahead": 0])
        }
    }

    @Test func `what retention dropped is lost and announced`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=2 unsettled=drop", is: "OK")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "1", "2")
            try client.checkMessages([1, 2])
            try client.check("ACK 1 1", is: "OK 1")
            try client.check("RELEASE 1 2 delay=1h", is: "OK 1")
            try client.check("WINDOW 1 0", is: "OK")
            try client.publish("a", "3", "4", "5")
            for _ in 1...10 {
                clock.advance(by: 1_000)
                try client.check("PING", is: "PONG")
            }
            try client.waitForWhy("a 3 s", is: "lost-to-retention")
            try client.checkWhy("a 1 s", is: "handled")
            try client.checkWhy("a 2 s", is: "lost-to-retention")
            try client.checkWhy("a 4 s", is: "waiting", ["reason": "no-window", "ahead": 0])
            try client.check("INFO subscription a s", has: ["lost": 2, "backlog": 2, "deferred": 0])
            let events = try client.waitForEvents("message.lost", count: 1)
            #expect(events.reduce(0) { $0 + ($1["count"] as? Int ?? 1) } == 2)
            client.check(events[0], has: ["topic": "a", "subscription": "s", "severity": "error"])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.checkWhy("a 1 s", is: "handled")
            for offset in [2, 3] { try client.checkWhy("a \(offset) s", is: "lost-to-retention") }
            try client.check("INFO subscription a s", has: ["lost": 2, "backlog": 2])
        }
    }

    @Test func `without a subscription there is one answer for each, or one without`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try client.check("PUB a 1 id=j delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
            for (question, verdict) in [("1", "waiting"), ("id:j", "scheduled"), ("2", "not-found")] {
                let answers = try client.objects("WHY a \(question)")
                #expect(answers.map { $0["verdict"] as? String } == [verdict], "\(answers)")
                #expect(answers.first?["subscription"] == nil, "\(answers)")
            }
            try client.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            try client.checkMessage(offset: 1)
            try client.check("CREATE subscription a t from=new", is: "OK")
            let answers = try client.objects("WHY a id:i")
            let told = answers.map { "\($0["subscription"] ?? "") \($0["verdict"] ?? "")" }
            #expect(Set(told) == ["s leased", "t before-start"])
            let scheduled = try client.objects("WHY a id:j")
            #expect(Set(scheduled.compactMap { $0["verdict"] as? String }) == ["scheduled"])
            #expect(scheduled.allSatisfy { $0["offset"] as? Int == 0 }, "\(scheduled)")
        }
    }

    @Test(arguments: [
        ("WHY b 1", "unknown-topic"), ("WHY b 1 s", "unknown-topic"), ("WHY a 1 t", "unknown-subscription"),
        ("WHY a 0 s", "bad-argument"), ("WHY a id: s", "bad-argument"), ("WHY a m s", "bad-argument"),
        ("WHY a 1 s x", "bad-option"), ("WHY a! 1", "bad-name"), ("WHY a", "bad-argument"),
    ])
    func `a question that makes no sense is refused`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check(line, fails: code)
        }
    }
}
