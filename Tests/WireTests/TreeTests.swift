// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("TREE") struct TreeTests {
    /// The form of a tree: topics and offsets, with children in brackets and gaps marked.
    private func form(_ messages: [[String: Any]]) -> String {
        messages.map { message in
            let children = message["children"] as? [[String: Any]] ?? []
            return "\(message["topic"] ?? "")\(message["offset"] ?? "")"
                + (message["gap"] as? Bool == true ? "?" : "") + (children.isEmpty ? "" : "(\(form(children)))")
        }.joined(separator: " ")
    }

    private func tree(_ client: WireClient, _ line: String) throws -> String {
        form(try #require(try client.object("TREE \(line)")["messages"] as? [[String: Any]]))
    }

    @Test func `messages stand under what caused them, with each verdict`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("CREATE subscription a t from=new", is: "OK")
            try client.check("PUB a 1 process=p id=o-1", "x", is: "OK 1")
            try client.check("PUB b 1 process=p id=i-1 cause=o-1", "x", is: "OK 1 subs=0")
            try client.check("PUB b 1 process=p cause=a:1", "x", is: "OK 2 subs=0")
            try client.check("PUB c 1 process=p cause=i-1", "x", is: "OK 1 subs=0")
            try client.check("PUB c 1 process=q cause=i-1", "x", is: "OK 2 subs=0")
            try client.checkMessages([1])
            #expect(try tree(client, "p") == "a1(b1(c1) b2)")
            let answer = try client.object("TREE p")
            client.check(answer, has: ["process": "p", "more": false])
            let top = try #require((answer["messages"] as? [[String: Any]])?.first)
            client.check(top, has: ["topic": "a", "offset": 1, "id": "o-1", "time": wireStart])
            #expect(top["verdicts"] as? [String: String] == ["s": "leased", "t": "waiting"])
            #expect(top["gap"] == nil && top["cause"] == nil, "\(top)")
            try client.check("PARK 1 1", is: "OK 1")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            #expect(try tree(client, "p") == "a1(b1(c1) b2)")
            let top = try #require((try client.object("TREE p")["messages"] as? [[String: Any]])?.first)
            #expect(top["verdicts"] as? [String: String] == ["s": "parked", "t": "waiting"])
            #expect(try tree(client, "q") == "c2?")
        }
    }

    @Test func `a cause that is not known, not kept or circular is a gap`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 process=p id=gone", "x", is: "OK 1 subs=0")
            try client.check("PUB b 1 process=p cause=gone", "x", is: "OK 1 subs=0")
            try client.check("PUB b 1 process=p cause=never", "x", is: "OK 2 subs=0")
            #expect(try tree(client, "p") == "a1(b1) b2?")
            try client.check("PURGE a", is: "OK")
            #expect(try tree(client, "p") == "b1? b2?")
            // Each names the other.
            try client.check("PUB c 1 process=q id=x cause=c:2", "x", is: "OK 1 subs=0")
            try client.check("PUB c 1 process=q id=y cause=x", "x", is: "OK 2 subs=0")
            #expect(["c1?(c2)", "c2?(c1)"].contains(try tree(client, "q")))
            try client.check("PUB d 1 process=r id=self cause=self", "x", is: "OK 1 subs=0")
            #expect(try tree(client, "r") == "d1?")
        }
    }

    @Test func `of several messages with the id of the cause the newest earlier one is meant`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            for topic in ["a", "b"] {
                try client.check("PUB \(topic) 1 process=p id=same", "x", is: "OK 1 subs=0")
                clock.advance(by: 10)
            }
            try client.check("PUB c 1 process=p cause=same", "x", is: "OK 1 subs=0")
            clock.advance(by: 10)
            try client.check("PUB d 1 process=p id=same", "x", is: "OK 1 subs=0")
            #expect(try tree(client, "p") == "a1 b1(c1) d1")
        }
    }

    @Test func `limit cuts a tree and says so`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.send(String(repeating: "PUB a 1 process=p\r\nx\r\n", count: 2_001))
            for _ in 0..<2_001 { _ = try client.reply() }
            for (option, count, more) in [
                ("", 1_000, true), (" limit=1", 1, true), (" limit=2000", 2_000, true),
            ] {
                let answer = try client.object("TREE p\(option)")
                #expect((answer["messages"] as? [Any])?.count == count)
                #expect(answer["more"] as? Bool == more)
            }
            try client.check("PURGE a before=2", is: "OK")
            #expect(try client.object("TREE p limit=2000")["more"] as? Bool == false)
            try client.check("TREE p limit=2001", fails: "bad-option")
            try client.check("TREE p limit=0", fails: "bad-option")
            try client.check("TREE p now", fails: "bad-option")
            let none = try client.object("TREE q")
            #expect((none["messages"] as? [Any])?.isEmpty == true)
            #expect(none["more"] as? Bool == false)
        }
    }

    @Test func `a scheduled message stands there when it is due`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 process=p id=i", "x", is: "OK 1 subs=0")
            try client.check("PUB b 1 process=p cause=i delay=1m", "x", is: "OK 0 due=\(wireStart + 60_000)")
            #expect(try tree(client, "p").hasPrefix("a1"))
            clock.advance(by: 60_000)
            try client.check("PING", is: "PONG")
            #expect(try tree(client, "p") == "a1(b1)")
        }
    }

    @Test func `a process that is not UTF-8 is one like others`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 process=%FF id=%FE", "x", is: "OK 1 subs=0")
            try client.check("PUB a 1 process=%FF cause=%FE", "x", is: "OK 2 subs=0")
            #expect(try tree(client, "%FF") == "a1(a2)")
            try client.check("TREE \(String(repeating: "p", count: 201))", fails: "bad-argument")
            #expect(try tree(client, String(repeating: "p", count: 200)).isEmpty)
        }
    }
}
