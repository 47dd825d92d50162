// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Repeats of PUB") struct DedupTests {
    private static let day: UInt64 = 86_400_000

    @Test func `a repeat is answered with the first offset, stored once and delivered once`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("PUB a 5 id=i", "hello", is: "OK 1")
            try client.check("PUB a 5 id=i", "hello", is: "DUP 1")
            try client.check("PUB a 5 id=j", "hello", is: "OK 2")
            try client.check("PUB a 5 id=i", "hello", is: "DUP 1")
            try client.check("PUB a 5", "hello", is: "OK 3")
            try client.check("PUB a 5", "hello", is: "OK 4")
            for offset in 1...4 { try client.checkMessage(offset: UInt64(offset)) }
            try client.checkQuiet()
            #expect(try client.object("INFO topic a")["messages"] as? Int == 4)
        }
    }

    @Test func `repeats inside of one pipeline are recognised`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let ids = ["id=i", "id=i", "id=j", "", "id=j", "id=i", "id=k"]
            try client.send(ids.map { "PUB a 1 \($0)".trimmed + "\r\nx\r\n" }.joined())
            let replies = try ids.map { _ in try client.reply().line }
            #expect(
                replies == ["OK 1 subs=0", "DUP 1", "OK 2 subs=0", "OK 3 subs=0", "DUP 2", "DUP 1", "OK 4 subs=0"])
        }
    }

    @Test func `repeats are recognised on another connection`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try second.check("PUB a 1 id=i", "x", is: "DUP 1")
            try second.check("PUB a 1 id=j", "x", is: "OK 2 subs=0")
            first.disconnect()
            try second.wait("INFO", until: "connections", is: 1)
            try second.check("PUB a 1 id=i", "x", is: "DUP 1")
        }
    }

    @Test func `of two connections that send the same at once, one is the first`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            let pipeline = (1...500).map { "PUB a 1 id=\($0)\r\nx\r\n" }.joined()
            try first.send(pipeline)
            try second.send(pipeline)
            let replies = try [first, second].map { client in try (1...500).map { _ in try client.reply().line } }
            for (left, right) in zip(replies[0], replies[1]) {
                #expect(left.hasPrefix("DUP ") != right.hasPrefix("DUP "))
                #expect(left.split(separator: " ")[1] == right.split(separator: " ")[1])
            }
            #expect(try first.object("INFO topic a")["messages"] as? Int == 500)
        }
    }

    @Test func `repeats are recognised after a restart`() async throws {
        let folder = try TemporaryFolder()
        // More than one row of the file holds, in several commits.
        let ids = (1...600).map { "i-\($0)" }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            for part in stride(from: 0, to: 600, by: 200) {
                try client.send(ids[part..<(part + 200)].map { "PUB a 1 id=\($0)\r\nx\r\n" }.joined())
                for offset in (part + 1)...(part + 200) { #expect(try client.reply().line == "OK \(offset) subs=0") }
            }
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.send(ids.map { "PUB a 1 id=\($0)\r\nx\r\n" }.joined())
            for offset in 1...600 { #expect(try client.reply().line == "DUP \(offset)") }
            try client.check("PUB a 1 id=i-1", "y", fails: "id-conflict")
            try client.check("PUB a 1 id=i-601", "x", is: "OK 601 subs=0")
        }
    }

    @Test func `an id is remembered for 24 h from its first acceptance and not a millisecond more`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            clock.advance(by: Self.day / 2)
            try client.check("PUB a 1 id=i", "x", is: "DUP 1")
            clock.advance(by: Self.day / 2 - 1)
            try client.check("PUB a 1 id=i", "x", is: "DUP 1")
            try client.check("PUB a 1 id=i", "y", fails: "id-conflict")
            clock.advance(by: 1)
            try client.check("PUB a 1 id=i", "y", is: "OK 2 subs=0")
            clock.advance(by: Self.day - 1)
            try client.check("PUB a 1 id=i", "y", is: "DUP 2")
            clock.advance(by: 1)
            try client.check("PUB a 1 id=i", "y", is: "OK 3 subs=0")
        }
    }

    @Test(arguments: [(day - 1, "DUP 1"), (day, "OK 2 subs=0")])
    func `the window goes on while the broker is down`(passes: UInt64, expected: String) async throws {
        let (folder, clock) = (try TemporaryFolder(), ManualClock())
        try await wire(folder: folder, clock: clock) { port in
            try WireClient(port).check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
        }
        clock.advance(by: passes)
        try await wire(folder: folder, clock: clock) { port in
            try WireClient(port).check("PUB a 1 id=i", "x", is: expected)
        }
    }

    @Test func `an id with another body is refused, and nothing is stored`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try client.check("PUB a 1 id=i", "y", fails: "id-conflict")
            try client.check("PUB a 0 id=i", "", fails: "id-conflict")
            try client.check("PUB a 2 id=i", "xx", fails: "id-conflict")
            try client.send("PUB a 1 id=j\r\nx\r\nPUB a 1 id=j\r\ny\r\nPUB a 1 id=j\r\nx\r\n")
            #expect(try client.reply().line == "OK 2 subs=0")
            #expect(try client.reply().line.hasPrefix("ERR id-conflict ") == true)
            #expect(try client.reply().line == "DUP 2")
            #expect(try client.object("INFO topic a")["messages"] as? Int == 2)
        }
    }

    @Test func `headers, key, process and cause make no other message`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 0 id=i", "", is: "OK 1 subs=0")
            try client.check("PUB a 0 id=i key=k process=p cause=c hdr=5", "n: v\n", is: "DUP 1")
        }
    }

    @Test func `each topic remembers for itself`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try client.check("PUB b 1 id=i", "y", is: "OK 1 subs=0")
            try client.check("PUB a 1 id=i", "x", is: "DUP 1")
            try client.check("PUB b 1 id=i", "y", is: "DUP 1")
        }
    }

    @Test func `ids are told apart by all their bytes`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let long = String(repeating: "i", count: 199)
            let ids = [
                "a", "A", "aa", "%00".replacing("00", with: "80"), "%FF", "\(long)a", "\(long)b", "a%25", "1", "01",
            ]
            for (index, id) in ids.enumerated() {
                try client.check("PUB a 1 id=\(id)", "x", is: "OK \(index + 1) subs=0")
            }
            for (index, id) in ids.enumerated() { try client.check("PUB a 1 id=\(id)", "x", is: "DUP \(index + 1)") }
            try client.check("PUB a 1 id=%61", "x", is: "DUP 1")
        }
    }

    @Test func `a purge forgets the ids of what it drops, and no others, across a restart too`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            for id in 1...4 { try client.check("PUB a 1 id=\(id)", "x", is: "OK \(id) subs=0") }
            try client.check("PURGE a before=3", is: "OK")
            try client.check("PUB a 1 id=1", "y", is: "OK 5 subs=0")
            try client.check("PUB a 1 id=3", "x", is: "DUP 3")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=2", "y", is: "OK 6 subs=0")
            try client.check("PUB a 1 id=1", "y", is: "DUP 5")
            try client.check("PUB a 1 id=4", "x", is: "DUP 4")
            try client.check("PURGE a", is: "OK")
            for id in 1...4 { try client.check("PUB a 1 id=\(id)", "z", is: "OK \(id + 6) subs=0") }
        }
    }

    @Test func `a topic that is deleted and made anew remembers nothing`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try client.check("DELETE topic a", is: "OK")
            try client.check("PUB a 1 id=i", "y", is: "OK 1 subs=0")
            try client.check("PUB a 1 id=i", "y", is: "DUP 1")
        }
    }

    @Test func `retention does not forget ids`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=1", is: "OK")
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try client.check("PUB a 1 id=j", "x", is: "OK 2 subs=0")
            clock.advance(by: 2_000)
            #expect(try client.object("INFO topic a")["first"] as? Int == 2)
            try client.check("PUB a 1 id=i", "x", is: "DUP 1")
        }
    }

    @Test func `a window of its own holds for a topic, and none at all`() async throws {
        let clock = ManualClock()
        let configuration = settings { $0.dedupWindow = 5_000 }
        try await wire(configuration, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic none dedup-window=0s", is: "OK")
            try client.check("CREATE topic long dedup-window=1h", is: "OK")
            for (name, window) in [("none", 0), ("long", 3_600_000)] {
                #expect(try client.object("INFO topic \(name)")["dedupWindow"] as? Int == window)
            }
            for name in ["none", "long", "plain"] { try client.check("PUB \(name) 1 id=i", "x", is: "OK 1 subs=0") }
            #expect(try client.object("INFO topic plain")["dedupWindow"] as? Int == 5_000)
            try client.check("PUB none 1 id=i", "x", is: "OK 2 subs=0")
            try client.check("PUB none 1 id=i", "y", is: "OK 3 subs=0")
            clock.advance(by: 4_999)
            try client.check("PUB plain 1 id=i", "x", is: "DUP 1")
            clock.advance(by: 1)
            try client.check("PUB plain 1 id=i", "x", is: "OK 2 subs=0")
            clock.advance(by: 3_594_999)
            try client.check("PUB long 1 id=i", "x", is: "DUP 1")
            clock.advance(by: 1)
            try client.check("PUB long 1 id=i", "x", is: "OK 2 subs=0")
        }
    }

    @Test func `as many ids as the limit are remembered, and one more forgets the oldest`() async throws {
        let folder = try TemporaryFolder()
        let configuration = settings { $0.dedupIDs = 3 }
        try await wire(configuration, folder: folder) { port in
            let client = try WireClient(port)
            for id in 1...3 { try client.check("PUB a 1 id=\(id)", "x", is: "OK \(id) subs=0") }
            for id in 1...3 { try client.check("PUB a 1 id=\(id)", "x", is: "DUP \(id)") }
            try client.check("PUB a 1 id=4", "x", is: "OK 4 subs=0")
            for id in 2...4 { try client.check("PUB a 1 id=\(id)", "x", is: "DUP \(id)") }
        }
        try await wire(configuration, folder: folder) { port in
            let client = try WireClient(port)
            for id in 2...4 { try client.check("PUB a 1 id=\(id)", "x", is: "DUP \(id)") }
            try client.check("PUB a 1 id=1", "x", is: "OK 5 subs=0")
            for (id, offset) in [(3, 3), (4, 4), (1, 5)] {
                try client.check("PUB a 1 id=\(id)", "x", is: "DUP \(offset)")
            }
            try client.check("PUB a 1 id=2", "x", is: "OK 6 subs=0")
        }
    }

    @Test func `a repeat is recognised while the topic is at its limit`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a retention=interest max-messages=1", is: "OK")
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.send("PUB a 1 id=i\r\nx\r\nPUB a 1 id=j\r\nx\r\nPUB a 1 id=i\r\nx\r\n")
            #expect(try client.reply().line == "OK 1")
            #expect(try client.reply().line.hasPrefix("ERR full ") == true)
            #expect(try client.reply().line == "DUP 1")
            try client.check("PURGE a", is: "OK")
            // What was refused was not remembered.
            try client.check("PUB a 1 id=j", "y", is: "OK 2")
        }
    }

    @Test func `a repeat is recognised while the store is nearly full`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            try WireClient(port).check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
        }
        try await wire(settings { $0.reserveMinimum = 6 << 30 }, folder: folder) { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=j", "x", fails: "full")
            try client.check("PUB a 1 id=i", "x", is: "DUP 1")
            try client.check("PUB a 1 id=i", "y", fails: "id-conflict")
        }
    }
}

extension String {
    /// The text without spaces at its end.
    fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
