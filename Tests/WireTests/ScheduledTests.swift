// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("SCHEDULED, CANCEL and RESCHEDULE") struct ScheduledTests {
    @Test func `SCHEDULED lists what rests, the first that is due at first`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check(
                "PUB a 5 id=late key=k process=p cause=c delay=2m", "hello", is: "OK 0 due=\(wireStart + 120_000)")
            try client.check("PUB a 2 delay=1m", "hi", is: "OK 0 due=\(wireStart + 60_000)")
            try client.publish("a", "now")
            let list = try client.objects("SCHEDULED a")
            try #require(list.count == 2)
            client.check(list[0], has: ["due": wireStart + 60_000, "bytes": 2])
            #expect(list[0]["id"] == nil)
            client.check(
                list[1],
                has: ["due": wireStart + 120_000, "bytes": 5, "id": "late", "key": "k", "process": "p", "cause": "c"])
            let numbers = list.compactMap { $0["number"] as? Int }
            #expect(Set(numbers).count == 2)
        }
    }

    @Test func `SCHEDULED has those of delay and of at in one order, and all tell the same due`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let dues = ["b": 10_000, "a": 20_000, "d": 30_000, "c": 40_000].mapValues { wireStart + $0 }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for (id, due) in dues.sorted(by: { $0.key < $1.key }) {
                let isAbsolute = id < "c"
                let option = isAbsolute ? "at=\(due)" : "delay=\(due - wireStart)ms"
                try client.check("PUB a 1 id=\(id) \(option)", "x", is: "OK 0 due=\(due)")
            }
            #expect(try client.objects("SCHEDULED a").map { $0["id"] as? String } == ["b", "a", "d", "c"])
            // The wall clock is set: what was named by it stays, what was counted from now moves with it.
            clock.setWall(to: wireStart - 5_000)
            for (id, due) in dues {
                let expected = id < "c" ? due : due - 5_000
                try client.check("PUB a 1 id=\(id)", "x", is: "DUP 0 due=\(expected)")
                let answer = try #require(try client.objects("WHY a id:\(id)").first)
                client.check(answer["evidence"] as? [String: Any] ?? [:], has: ["due": expected], id)
                let listed = try client.objects("SCHEDULED a").first { $0["id"] as? String == id }
                client.check(listed ?? [:], has: ["due": expected], id)
            }
        }
    }

    @Test func `SCHEDULED goes on behind what is named, and shows as many as were asked for`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.send(String(repeating: "PUB a 1 delay=1m\r\nx\r\n", count: 1_001))
            for _ in 0..<1_001 { #expect(try client.reply().line == "OK 0 due=\(wireStart + 60_000)") }
            #expect(try client.objects("SCHEDULED a").count == 100)
            #expect(try client.objects("SCHEDULED a limit=1").count == 1)
            let most = try client.objects("SCHEDULED a limit=1000")
            #expect(most.count == 1_000)
            let last = try #require(most.last)
            let place = "\(try #require(last["due"]))-\(try #require(last["number"]))"
            #expect(try client.objects("SCHEDULED a limit=1000 after=\(place)").count == 1)
            #expect(try client.objects("SCHEDULED a after=\(wireStart + 60_001)-0").isEmpty)
        }
    }

    @Test(arguments: [
        ("SCHEDULED b", "unknown-topic"), ("SCHEDULED a!", "bad-name"), ("SCHEDULED a limit=0", "bad-option"),
        ("SCHEDULED a limit=1001", "bad-option"), ("SCHEDULED a after=5", "bad-option"),
        ("SCHEDULED a now", "bad-option"), ("CANCEL b i", "unknown-topic"), ("CANCEL a j", "unknown-message"),
        ("CANCEL a visible", "unknown-message"), ("CANCEL a i now", "bad-option"), ("CANCEL a! i", "bad-name"),
        ("RESCHEDULE a i", "bad-option"), ("RESCHEDULE a i delay=1s at=5", "bad-option"),
        ("RESCHEDULE a i delay=366d", "bad-option"), ("RESCHEDULE a i delay=31536000001ms", "bad-option"),
        ("RESCHEDULE a i at=\(wireStart + 31_536_000_001)", "bad-option"),
        ("RESCHEDULE a j delay=1s", "unknown-message"), ("RESCHEDULE a visible delay=1s", "unknown-message"),
        ("RESCHEDULE b i delay=1s", "unknown-topic"),
    ])
    func `what makes no sense is refused and changes nothing`(line: String, code: String) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
            try client.check("PUB a 1 id=visible", "x", is: "OK 1 subs=0")
            let reply = try client.ask(line)
            let codes = code == "bad-option" ? ["bad-option", "bad-argument"] : [code]
            #expect(codes.contains { reply.hasPrefix("ERR \($0) ") }, "\(line) -> \(reply)")
            #expect(try client.objects("SCHEDULED a").map { $0["due"] as? UInt64 } == [wireStart + 60_000])
        }
    }

    @Test func `a cancelled message never comes, and its id may be used again`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            for id in ["i", "j"] {
                try client.check("PUB a 1 id=\(id) delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
                try client.check("CANCEL a \(id)", is: "OK")
            }
            try client.check("CANCEL a i", fails: "unknown-message")
            try client.checkWhy("a id:i s", is: "not-found")
            #expect(try client.objects("SCHEDULED a").isEmpty)
            clock.advance(by: 60_000)
            try client.checkQuiet()
            try client.check("PUB a 1 id=i", "y", is: "OK 1")
            try client.checkMessage(offset: 1, body: "y")
        }
        clock.advance(by: 60_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.checkWhy("a id:j s", is: "not-found")
            try client.check("PUB a 1 id=j delay=1s", "z", is: "OK 0 due=\(wireStart + 121_000)")
        }
    }

    @Test func `RESCHEDULE moves a message to another time, over a restart too`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            for id in ["i", "j", "k"] {
                try client.check("PUB a 1 id=\(id) delay=1m", id, is: "OK 0 due=\(wireStart + 60_000)")
            }
            try client.check("RESCHEDULE a i delay=2m", is: "OK 0 due=\(wireStart + 120_000)")
            try client.check("RESCHEDULE a j at=\(wireStart + 5_000)", is: "OK 0 due=\(wireStart + 5_000)")
            try client.check("PUB a 1 id=j", "j", is: "DUP 0 due=\(wireStart + 5_000)")
            clock.advance(by: 5_000)
            try client.check("PING", is: "PONG")
            try client.checkMessage(offset: 1, body: "j")
            try client.check("RESCHEDULE a k delay=0s", is: "OK 2")
            try client.checkMessage(offset: 2, body: "k")
            try client.check("ACK 1 1-2", is: "OK 2")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.check("RESCHEDULE a i delay=365d", is: "OK 0 due=\(wireStart + 5_000 + 31_536_000_000)")
            clock.advance(by: 120_000)
            try client.checkQuiet()
            try client.check("RESCHEDULE a i at=1", is: "OK 3")
            let message = try client.checkMessage(offset: 3, body: "i")
            #expect(message.option("late") == nil)
            #expect(message.option("time") == "\(wireStart + 125_000)")
        }
    }

    @Test func `a PURGE cancels what is scheduled, one with before does not`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.publish("a", "one")
            try client.check("PUB a 1 id=i delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
            try client.check("PURGE a before=2", is: "OK")
            #expect(try client.objects("SCHEDULED a").count == 1)
            try client.check("PURGE a", is: "OK")
            #expect(try client.objects("SCHEDULED a").isEmpty)
            try client.check("PUB a 1 id=i", "y", is: "OK 2 subs=0")
            clock.advance(by: 60_000)
            try client.check("INFO topic a", has: ["messages": 1])
        }
    }
}
