// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("GET, SET and UNSET") struct StateTests {
    private static let day: UInt64 = 86_400_000

    @Test func `a record changes only from the version that was named`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("GET p k", is: "NIL")
            try client.check("SET p k 1 version=1", "x", is: "ERR version 0")
            try client.check("SET p k 1 version=0", "x", is: "OK 1")
            try client.check("SET p k 1 version=0", "y", is: "ERR version 1")
            try client.check("SET p k 1 version=2", "y", is: "ERR version 1")
            try client.check("SET p k 2 version=1", "yy", is: "OK 2")
            try client.say("GET p k")
            let reply = try client.reply()
            #expect(reply.line == "DATA 2 version=2 time=1790000000000")
            #expect(reply.body == "yy")
            try client.check("UNSET p k version=1", is: "ERR version 2")
            try client.check("UNSET p k version=0", is: "ERR version 2")
            try client.check("UNSET p k version=2", is: "OK 3")
            try client.check("GET p k", is: "NIL")
            try client.check("UNSET p k version=3", is: "ERR version 0")
            try client.check("SET p k 1 version=3", "z", is: "ERR version 0")
            try client.check("SET p k 1 version=0", "z", is: "OK 4")
        }
    }

    @Test func `any stands for every version, and for none`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("UNSET p k version=any", is: "OK 0")
            try client.check("UNSET p k version=0", is: "OK 0")
            try client.check("SET p k 1 version=any", "x", is: "OK 1")
            try client.check("SET p k 1 version=any", "y", is: "OK 2")
            try client.check("UNSET p k version=any", is: "OK 3")
            try client.check("UNSET p k version=any", is: "OK 0")
            try client.check("SET p k 1 version=any", "z", is: "OK 4")
        }
    }

    @Test func `one pipeline sees its own changes`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let lines = [
                "SET p k 1 version=0\r\na", "SET p k 1 version=1\r\nb", "SET p k 1 version=1\r\nc", "GET p k",
                "UNSET p k version=2", "GET p k", "SET p k 1 version=0\r\nd", "GET p k",
            ]
            try client.send(lines.map { $0 + "\r\n" }.joined())
            let replies = try lines.map { _ in try client.reply() }
            #expect(
                replies.map { $0.line.split(separator: " time=")[0] } == [
                    "OK 1", "OK 2", "ERR version 2", "DATA 1 version=2", "OK 3", "NIL", "OK 4", "DATA 1 version=4",
                ])
            #expect(replies.map(\.body) == ["", "", "", "b", "", "", "", "d"])
        }
    }

    @Test func `of many that change one version at once, one succeeds`() async throws {
        try await wire { port in
            let clients = try (0..<8).map { _ in try WireClient(port) }
            for round in 0..<20 {
                for client in clients { try client.say("SET p k 1 version=\(round)", "x") }
                let replies = try clients.map { try $0.reply().line }
                #expect(replies.filter { $0 == "OK \(round + 1)" }.count == 1)
                #expect(replies.filter { $0 == "ERR version \(round + 1)" }.count == 7)
            }
        }
    }

    @Test func `a record stays until its time, and is counted on from its version`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SET p k 1 version=0 ttl=10s", "x", is: "OK 1")
            try client.check("GET p k", is: "DATA 1 version=1 time=1790000000000 expires=1790000010000")
            clock.advance(by: 9_999)
            try client.check("GET p k", is: "DATA 1 version=1 time=1790000000000 expires=1790000010000")
            clock.advance(by: 1)
            try client.check("GET p k", is: "NIL")
            try client.check("UNSET p k version=any", is: "OK 0")
            try client.check("SET p k 1 version=1", "y", is: "ERR version 0")
            try client.check("SET p k 1 version=0", "y", is: "OK 2")
            clock.advance(by: 10_000)
            try client.check("GET p k", is: "DATA 1 version=2 time=1790000010000")
        }
    }

    @Test func `the ttl of a record is that of its last change`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SET p k 1 version=0 ttl=10s", "x", is: "OK 1")
            try client.check("SET p k 1 version=1", "y", is: "OK 2")
            try client.check("SET p l 1 version=0", "x", is: "OK 1")
            try client.check("SET p l 1 version=1 ttl=2d", "x", is: "OK 2")
            try client.check("SET p l 1 version=2 ttl=3d", "x", is: "OK 3")
            // Long enough for all that is to go to be swept.
            clock.advance(by: 2 * Self.day + 120_000)
            try client.check("PING", is: "PONG")
            #expect(try client.ask("GET p k").hasPrefix("DATA 1 version=2 "))
            #expect(try client.ask("GET p l").hasPrefix("DATA 1 version=3 "))
            clock.advance(by: Self.day - 120_000)
            try client.check("GET p l", is: "NIL")
            #expect(try client.ask("GET p k").hasPrefix("DATA 1 version=2 "))
        }
    }

    @Test(arguments: ["UNSET p k version=1", "SET p k 1 version=1 ttl=1ms"])
    func `the version of a record that is gone is remembered for 24 h`(line: String) async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            for key in ["k", "l"] { try client.check("SET p \(key) 1 version=0", "x", is: "OK 1") }
            for key in ["k", "l"] {
                try client.check(line.replacing(" k ", with: " \(key) "), line.hasPrefix("SET") ? "x" : nil, is: "OK 2")
            }
            clock.advance(by: (line.hasPrefix("SET") ? 1 : 0) + Self.day - 1)
            try client.check("SET p k 1 version=0", "x", is: "OK 3")
            clock.advance(by: 60_000)
            try client.check("PING", is: "PONG")
            try client.check("SET p l 1 version=0", "x", is: "OK 1")
            #expect(try client.ask("GET p k").hasPrefix("DATA 1 version=3 "))
        }
    }

    @Test func `records, versions and times stay over a restart`() async throws {
        let (folder, clock) = (try TemporaryFolder(), ManualClock())
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SET p k 3 version=0", "one", is: "OK 1")
            try client.check("SET p k 3 version=1 ttl=1m", "two", is: "OK 2")
            try client.check("SET p gone 1 version=0", "x", is: "OK 1")
            try client.check("UNSET p gone version=1", is: "OK 2")
        }
        clock.advance(by: 59_999)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.say("GET p k")
            let reply = try client.reply()
            #expect(reply.line == "DATA 3 version=2 time=1790000000000 expires=1790000060000")
            #expect(reply.body == "two")
            try client.check("GET p gone", is: "NIL")
            try client.check("SET p gone 1 version=0", "x", is: "OK 3")
            clock.advance(by: 1)
            try client.check("GET p k", is: "NIL")
            try client.check("SET p k 1 version=0", "x", is: "OK 3")
        }
    }

    /// Sizes around those at which a value is cut in pieces.
    private static let sizes = [
        0, 1, 1_563, 1_564, 1_565, 1_587, 1_588, 1_589, 1_599, 1_600, 1_601, 3_163, 3_164, 3_165, 3_200, 65_535, 65_536,
    ]

    private static func value(_ size: Int, _ seed: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) }
    }

    @Test func `values come back byte for byte, when they grow and shrink and after a restart`() async throws {
        let folder = try TemporaryFolder()
        let last = try await wire(folder: folder) { port in
            let client = try WireClient(port)
            var last: [UInt8] = []
            for (version, size) in (Self.sizes + Self.sizes.reversed() + [65_536, 0, 1_601, 5]).enumerated() {
                last = Self.value(size, version)
                try client.send(Array("SET p k \(size) version=\(version)\r\n".utf8) + last + Array("\r\n".utf8))
                #expect(try client.reply().line == "OK \(version + 1)")
                try client.say("GET p k")
                #expect(try client.reply().data == last, "\(size)")
            }
            for size in Self.sizes {
                let bytes = Self.value(size, 7)
                try client.send(Array("SET p s\(size) \(size) version=0\r\n".utf8) + bytes + Array("\r\n".utf8))
                #expect(try client.reply().line == "OK 1")
            }
            return last
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.say("GET p k")
            #expect(try client.reply().data == last)
            for size in Self.sizes {
                try client.say("GET p s\(size)")
                #expect(try client.reply().data == Self.value(size, 7), "\(size)")
            }
            let lengths = try client.objects("LIST p prefix=s limit=1000").map { $0["length"] as? Int ?? -1 }
            #expect(lengths.sorted() == Self.sizes)
        }
    }

    @Test func `a value of 64 KiB passes whatever a body may have, and one byte more ends the conversation`()
        async throws
    {
        try await wire(settings { $0.maxBody = 1_000 }) { port in
            let client = try WireClient(port)
            let value = String(repeating: "v", count: 65_536)
            try client.check("SET p k 65536 version=0", value, is: "OK 1")
            try client.say("SET p k 65537 version=1", value + "v")
            try client.checkEnd(fails: "too-large")
            #expect(try WireClient(port).ask("GET p k").hasPrefix("DATA 65536 version=1 "))
        }
    }

    @Test func `keys are bytes, and spaces do not see each other`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let records = [
                ("a", "%FF%25"), ("a", "%ff"), ("a", "%C3%A9"), ("a", "bk"), ("ab", "k"), ("a.b", "k"), ("a", ".bk"),
                ("A", "bk"), (String(repeating: "s", count: 200), String(repeating: "%FF", count: 200)),
            ]
            for (index, (space, key)) in records.enumerated() {
                try client.check("SET \(space) \(key) 1 version=0", "\(index)", is: "OK 1")
            }
            for (index, (space, key)) in records.enumerated() {
                try client.say("GET \(space) \(key.replacing("%ff", with: "%FF"))")
                #expect(try client.reply().body == "\(index)")
            }
            try client.check("GET a b%6B", is: try client.ask("GET a bk"))
            try client.check("GET ab bk", is: "NIL")
        }
    }

    @Test(arguments: [
        ("SET p k 1", "bad-option"), ("SET p k 1 version=-1", "bad-option"),
        ("SET p k 1 version=any ttl=0ms", "bad-option"),
        ("SET p k 1 version=any ttl=3651d", "bad-option"), ("SET $p k 1 version=any", "bad-name"),
        ("SET p %20 1 version=any", "bad-argument"),
    ])
    func `a refused SET takes its value along and changes nothing`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, "x", fails: code)
            try client.check("GET p k", is: "NIL")
            #expect(try client.objects("LIST p").isEmpty)
        }
    }

    @Test func `a nearly full store takes no records, and gives and removes those that it has`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            try WireClient(port).check("SET p k 1 version=0", "x", is: "OK 1")
        }
        try await wire(settings { $0.reserveMinimum = 6 << 30 }, folder: folder) { port in
            let client = try WireClient(port)
            try client.check("SET p k 1 version=1", "y", fails: "full")
            #expect(try client.ask("GET p k").hasPrefix("DATA 1 version=1 "))
            try client.check("UNSET p k version=1", is: "OK 2")
            try client.check("GET p k", is: "NIL")
        }
    }
}
