// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("REDRIVE") struct RedriveTests {
    /// A client whose subscription s of topic a has made dead letters of the messages 1 to n, a second apart.
    private func holder(_ port: Int, _ clock: ManualClock, count: Int = 4, options: String = "") throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new window=1000\(options)", is: "OK created lease=30s")
        try client.check("CREATE subscription a other from=new", is: "OK")
        for number in 1...count {
            try client.check("PUB a 1 id=m\(number) key=k\(number % 2)", "x", is: "OK \(number)")
            try client.checkMessage(offset: UInt64(number))
            try client.check("REJECT 1 \(number) code=E\(number % 2)", is: "OK 1")
            clock.advance(by: 1_000)
        }
        try client.check("INFO subscription a s", has: ["dead": count, "backlog": 0])
        return client
    }

    /// Lets the job go on until it has ended.
    private func finish(_ client: WireClient, _ clock: ManualClock, events: Int = 1) throws -> [String: Any] {
        for _ in 1...200 {
            if try client.events("redrive.done").count >= events { break }
            clock.advance(by: 500)
            try client.check("PING", is: "PONG")
        }
        #expect(try client.object("INFO subscription a s")["redrive"] == nil)
        return try #require(try client.events("redrive.done").last)
    }

    @Test func `dead letters go back to their subscription, oldest death first, and nowhere else`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port, clock)
            try client.check("REDRIVE a s dry-run", is: "OK 4")
            try client.checkQuiet()
            #expect(try client.objects("PEEK $dead.a.s 1 limit=9").count == 4)
            try client.check("REDRIVE a s", is: "OK 4")
            let done = try finish(client, clock)
            client.check(
                done,
                has: [
                    "topic": "a", "subscription": "s", "meant": 4, "redriven": 4, "diedAgain": 0, "severity": "info",
                ])
            let messages = try client.checkMessages([1, 2, 3, 4])
            #expect(messages.map(\.attempt) == [2, 2, 2, 2])
            #expect(messages.map { $0.option("id") } == ["m1", "m2", "m3", "m4"])
            #expect(messages.map { $0.option("failures") } == [nil, nil, nil, nil])
            #expect(try client.objects("PEEK $dead.a.s 1 limit=9").isEmpty)
            try client.check("INFO subscription a s", has: ["dead": 0, "backlog": 4, "inFlight": 4])
            try client.check("INFO subscription a other", has: ["backlog": 4])
            try client.check("REDRIVE a s", is: "OK 0")
            try client.checkWhy("a 2 s", is: "leased", ["attempt": 2])
            try client.check("ACK 1 5-8", is: "OK 4")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkQuiet()
            for offset in 1...4 { try client.checkWhy("a \(offset) s", is: "handled") }
        }
    }

    @Test(arguments: [
        ("id=m3", [3]), ("id=m9", []), ("key=k1", [1, 3]), ("code=E0", [2, 4]), ("code=", []), ("code=E", []),
        ("reason=rejected", [1, 2, 3, 4]), ("reason=max-failures", []),
        ("since=\(wireStart + 1_000)", [2, 3, 4]), ("until=\(wireStart + 1_000)", [1]),
        ("since=\(wireStart + 1_000) until=\(wireStart + 3_000)", [2, 3]), ("limit=3", [1, 2, 3]),
        ("key=k0 limit=1", [2]), ("code=E1 since=\(wireStart + 1)", [3]),
    ])
    func `only what all that is named applies to goes back`(options: String, offsets: [UInt64]) async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port, clock)
            try client.check("REDRIVE a s \(options) dry-run", is: "OK \(offsets.count)")
            try client.check("REDRIVE a s \(options)", is: "OK \(offsets.count)")
            if !offsets.isEmpty {
                client.check(try finish(client, clock), has: ["meant": offsets.count, "redriven": offsets.count])
            }
            try client.checkMessages(offsets)
            try client.check("INFO subscription a s", has: ["dead": 4 - offsets.count])
        }
    }

    @Test(arguments: [
        ("REDRIVE a t", "unknown-subscription"), ("REDRIVE b s", "unknown-topic"),
        ("REDRIVE a s reason=sadness", "bad-option"), ("REDRIVE a s rate=0", "bad-option"),
        ("REDRIVE a s rate=1000001", "bad-option"), ("REDRIVE a s limit=0", "bad-option"),
        ("REDRIVE a s limit=1000001", "bad-option"), ("REDRIVE a s stop dry-run", "bad-option"),
        ("REDRIVE a s stop id=m1", "bad-option"), ("REDRIVE a s since=x", "bad-option"),
        ("REDRIVE a s now", "bad-option"), ("REDRIVE a  s", "bad-argument"),
    ])
    func `what makes no sense is refused`(line: String, code: String) async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port, clock, count: 1)
            try client.check(line, fails: code)
            try client.check("REDRIVE a s stop", is: "OK 0")
            try client.check("REDRIVE a s rate=1000000 limit=1000000 dry-run", is: "OK 1")
            try client.checkQuiet()
        }
    }

    @Test func `a job keeps its rate, is shown, refuses a second, and can be stopped`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port, clock, count: 30)
            let since = wireStart + 30_000
            try client.check("REDRIVE a s rate=1", is: "OK 30")
            for _ in 1...5 {
                clock.advance(by: 1_000)
                try client.check("PING", is: "PONG")
            }
            let redrive = try #require(try client.object("INFO subscription a s")["redrive"] as? [String: Any])
            client.check(redrive, has: ["meant": 30, "rate": 1, "since": since])
            let done = try #require(redrive["done"] as? Int)
            #expect((3...7).contains(done), "\(redrive)")
            try client.check("REDRIVE a s", fails: "conflict")
            try client.check("REDRIVE a s stop", is: "OK \(30 - done)")
            let event = try finish(client, clock)
            client.check(event, has: ["meant": 30, "redriven": done, "stopped": true])
            clock.advance(by: 60_000)
            try client.check("PING", is: "PONG")
            try client.check("INFO subscription a s", has: ["dead": 30 - done])
            try client.check("REDRIVE a s stop", is: "OK 0")
            try client.check("REDRIVE a s dry-run", is: "OK \(30 - done)")
        }
    }

    @Test func `a job goes on over a restart, each dead letter once`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let before = try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port, clock, count: 20)
            try client.check("REDRIVE a s rate=1", is: "OK 20")
            for _ in 1...3 {
                clock.advance(by: 1_000)
                try client.check("PING", is: "PONG")
            }
            let redrive = try #require(try client.object("INFO subscription a s")["redrive"] as? [String: Any])
            return try #require(redrive["done"] as? Int)
        }
        #expect(before > 0 && before < 20)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            let redrive = try #require(try client.object("INFO subscription a s")["redrive"] as? [String: Any])
            client.check(redrive, has: ["meant": 20, "rate": 1])
            try client.check("REDRIVE a s", fails: "conflict")
            try client.check("SUB 1 a s window=1000", is: "OK lease=30s")
            client.check(try finish(client, clock), has: ["meant": 20, "redriven": 20, "stopped": false])
            var offsets: [UInt64?] = []
            for _ in 1...20 {
                let message = try client.message()
                offsets.append(message.offset)
                try client.check("ACK 1 \(try #require(message.tag))", is: "OK 1")
            }
            #expect(offsets == (1...20).map { UInt64($0) })
            try client.checkQuiet()
            try client.check("INFO subscription a s", has: ["dead": 0, "backlog": 0])
        }
    }

    @Test func `it stops by itself when half of the last 20 died again`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port, clock, count: 60)
            try client.check("REDRIVE a s rate=1", is: "OK 60")
            var tag = 61
            for _ in 1...120 {
                if try client.events("redrive.done").count > 0 { break }
                clock.advance(by: 1_000)
                try client.check("PING", is: "PONG")
                while !client.heldPushes.isEmpty {
                    _ = try client.message()
                    try client.check("REJECT 1 \(tag)", is: "OK 1")
                    tag += 1
                }
            }
            let event = try finish(client, clock)
            client.check(event, has: ["meant": 60, "stopped": true])
            let died = try #require(event["diedAgain"] as? Int)
            #expect((10...25).contains(died), "\(event)")
            // None is lost, and none was taken twice.
            try client.check("INFO subscription a s", has: ["dead": 60, "backlog": 0])
            let letters = try client.objects("PEEK $dead.a.s 1 limit=100")
            #expect(Set(letters.compactMap { $0["id"] as? String }).count == 60)
            let redrives = letters.compactMap { ($0["headers"] as? [String: String])?["Martlet-Dead-Redrives"] }
            #expect(redrives.count { $0 == "1" } == died)
        }
    }

    @Test func `the copy is delivered when the message is gone, under its offset and id`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try holder(port, clock, count: 2)
            try client.check("PURGE a", is: "OK")
            try client.check("REDRIVE a s", is: "OK 2")
            client.check(try finish(client, clock), has: ["redriven": 2])
            let messages = try client.checkMessages([1, 2])
            #expect(messages.map { $0.option("id") } == ["m1", "m2"])
            #expect(messages.map { $0.headers } == ["", ""])
            try client.checkWhy("a 1 s", is: "leased", ["attempt": 2])
            try client.check("ACK 1 3", is: "OK 1")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkMessages([2])
            try client.check("NACK 1 1 code=again", is: "OK 1")
            try client.checkWhy("a 2 s", is: "deferred", ["code": "again", "failures": 1])
        }
    }

    @Test func `a copy that a consumer of the dead letters has is taken from it`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port, clock, count: 1)
            let desk = try WireClient(port)
            try desk.check("SUB 5 $dead.a.s desk from=earliest", is: "OK created lease=30s")
            try desk.checkMessage(offset: 1)
            try client.check("REDRIVE a s", is: "OK 1")
            _ = try finish(client, clock)
            try desk.checkPush("LOST 5 1 redriven")
            try desk.check("ACK 5 1", is: "OK 0 lost=1")
            try client.checkMessage(offset: 1, attempt: 2)
        }
    }

    @Test func `the order of keys holds, and a receipt is known`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new order=key", is: "OK created lease=30s")
            for number in 1...3 { try client.check("PUB a 1 id=m\(number) key=k", "x", is: "OK \(number)") }
            for number in 1...2 {
                try client.checkMessages([UInt64(number)])
                try client.check("RECEIPT 1 m\(number) half-\(number)", is: "OK")
                try client.check("REJECT 1 \(number)", is: "OK 1")
            }
            try client.checkMessages([3])
            try client.check("REDRIVE a s", is: "OK 2")
            _ = try finish(client, clock)
            // The key is in use.
            try client.checkQuiet()
            try client.check("ACK 1 3", is: "OK 1")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("receipt") == "half-1")
            try client.checkQuiet()
            try client.check("ACK 1 4", is: "OK 1")
            #expect(try client.checkMessage(offset: 2, attempt: 2).option("receipt") == "half-2")
        }
    }
}
