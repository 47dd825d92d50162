// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("What the broker says of itself") struct EventTests {
    @Test func `failing is said at half of the failures, dead at the last`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=5", is: "OK created lease=30s")
            try client.check("PUB a 1 id=i key=k process=p cause=c", "x", is: "OK 1")
            for attempt in 1...5 {
                try client.checkMessage(offset: 1, attempt: UInt64(attempt))
                #expect(try client.events("message.failing").count == (attempt > 3 ? 1 : 0))
                try client.check("NACK 1 \(attempt) delay=0s code=E\(attempt) note=n", is: "OK 1")
            }
            client.check(
                try #require(try client.events("message.failing").first),
                has: [
                    "topic": "a", "offset": 1, "subscription": "s", "consumer": "test/1", "key": "k", "process": "p",
                    "cause": "c", "attempt": 3, "code": "E3", "note": "n", "severity": "warning", "time": wireStart,
                ])
            client.check(
                try #require(try client.events("message.dead").first),
                has: [
                    "topic": "a", "offset": 1, "subscription": "s", "consumer": "test/1", "key": "k", "process": "p",
                    "attempt": 5, "reason": "max-failures", "code": "E5", "severity": "warning",
                ])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for kind in ["message.failing", "message.dead"] { #expect(try client.events(kind).count == 1) }
        }
    }

    @Test(arguments: [(2, 2), (3, 2), (4, 2), (7, 4), (8, 4)])
    func `half is rounded up, and is two at least`(limit: Int, half: Int) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=\(limit)", is: "OK created lease=30s")
            try client.publish("a", "x")
            for attempt in 1..<limit {
                try client.checkMessage(offset: 1, attempt: UInt64(attempt))
                try client.check("NACK 1 \(attempt) delay=0s", is: "OK 1")
                #expect(try client.events("message.failing").count == (attempt >= half ? 1 : 0))
            }
        }
    }

    @Test func `a lease that ran out is told from the second of a message on, a slow consumer from its third`()
        async throws
    {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new backoff=0s", is: "OK created lease=30s")
            try client.check("PUB a 1 key=k", "x", is: "OK 1")
            for attempt in 1...3 {
                try client.checkMessage(offset: 1, attempt: UInt64(attempt))
                #expect(try client.events("lease.expired").count == max(0, attempt - 2))
                #expect(try client.events("consumer.slow").isEmpty)
                clock.advance(by: 30_000)
                try client.checkPush("LOST 1 \(attempt) timeout")
            }
            try client.checkMessage(offset: 1, attempt: 4)
            client.check(
                try #require(try client.events("lease.expired").first),
                has: ["topic": "a", "offset": 1, "subscription": "s", "consumer": "test/1", "key": "k", "attempt": 2])
            client.check(
                try #require(try client.events("consumer.slow").first),
                has: ["topic": "a", "subscription": "s", "consumer": "test/1", "severity": "warning"])
            #expect(try client.events("consumer.slow").count == 1)
        }
    }

    @Test func `an ack in between ends the row of a consumer's leases that ran out`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=1 backoff=1h", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3", "4", "5")
            for offset in 1...5 {
                try client.checkMessage(offset: UInt64(offset))
                if offset == 3 {
                    try client.check("ACK 1 3", is: "OK 1")
                } else {
                    clock.advance(by: 30_000)
                    try client.checkPush("LOST 1 \(offset) timeout")
                }
            }
            #expect(try client.events("consumer.slow").isEmpty)
        }
    }

    @Test func `a backlog without a consumer is told after a day, once`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("CREATE subscription a empty from=offset:9", is: "OK")
            try client.check("SUB 1 a served from=new", is: "OK created lease=30s")
            try client.publish("a", "x")
            try client.checkMessage(offset: 1)
            try client.check("ACK 1 1", is: "OK 1")
            clock.advance(by: 86_340_000)
            try client.check("PING", is: "PONG")
            #expect(try client.events("subscription.idle").isEmpty)
            for _ in 1...10 {
                clock.advance(by: 60_000)
                try client.check("PING", is: "PONG")
            }
            let events = try client.waitForEvents("subscription.idle", count: 1)
            client.check(events[0], has: ["topic": "a", "subscription": "s", "severity": "warning"])
            for _ in 1...10 {
                clock.advance(by: 60_000)
                try client.check("PING", is: "PONG")
            }
            #expect(try client.events("subscription.idle").count == 1)
        }
    }

    @Test func `what happens to these messages is never told in turn`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check(
                "SUB 2 $sys.message.dead watch from=new max-failures=2 backoff=0s", is: "OK created lease=30s")
            try client.publish("a", "1", "2")
            try client.checkMessages([1, 2])
            try client.check("REJECT 1 1-2", is: "OK 2")
            try client.checkMessages([1, 2])
            try client.check("REJECT 2 1", is: "OK 1")
            try client.check("NACK 2 2 delay=0s", is: "OK 1")
            try client.checkMessage(offset: 2, attempt: 2)
            clock.advance(by: 30_000)
            try client.checkPush("LOST 2 3 timeout")
            try client.check("INFO subscription $sys.message.dead watch", has: ["dead": 0, "backlog": 0])
            let names = try client.objects("INFO topics").compactMap { $0["name"] as? String }
            #expect(Set(names) == ["a", "$dead.a.s", "$sys.message.dead"])
            try client.check("INFO topic $sys.message.dead", has: ["messages": 2])
        }
    }

    @Test func `a copy among the dead letters never dies`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "x")
            try client.checkMessage(offset: 1)
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("SUB 2 $dead.a.s desk from=earliest max-failures=1", is: "OK created lease=30s")
            try client.checkMessage(offset: 1)
            try client.check("REJECT 2 1", is: "OK 1")
            try client.checkWhy("$dead.a.s 1 desk", is: "deferred")
            try client.check("INFO topic $dead.$dead.a.s.desk", fails: "bad-name")
            #expect(try client.events("message.dead").count == 1)
        }
    }

    @Test func `they are kept for 7 days, dead letters for 30, settled or not`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription $sys.message.dead watch from=new", is: "OK")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "x")
            try client.checkMessage(offset: 1)
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("CREATE subscription $dead.a.s desk from=earliest", is: "OK")
            clock.advance(by: 7 * 86_400_000 - 1_000)
            try client.check("PING", is: "PONG")
            try client.check("INFO topic $sys.message.dead", has: ["messages": 1])
            for _ in 1...5 {
                clock.advance(by: 60_000)
                try client.check("PING", is: "PONG")
            }
            try client.waitForWhy("$sys.message.dead 1 watch", is: "lost-to-retention")
            try client.checkWhy("$dead.a.s 1 desk", is: "waiting")
            clock.advance(by: 23 * 86_400_000)
            try client.check("PING", is: "PONG")
            for _ in 1...5 {
                clock.advance(by: 60_000)
                try client.check("PING", is: "PONG")
            }
            try client.waitForWhy("$dead.a.s 1 desk", is: "lost-to-retention")
            let lost = try client.events("message.lost").compactMap { $0["topic"] as? String }
            #expect(!lost.contains { $0.hasPrefix("$sys.") }, "\(lost)")
        }
    }
}
