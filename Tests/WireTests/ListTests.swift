// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("LIST") struct ListTests {
    private func keys(_ client: WireClient, _ line: String) throws -> [String] {
        try client.objects(line).map { $0["key"] as? String ?? "?" }
    }

    @Test func `a list tells keys, versions, times and lengths in the order of keys`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            #expect(try client.objects("LIST p").isEmpty)
            try client.check("SET p b 2 version=0", "xx", is: "OK 1")
            clock.advance(by: 5)
            try client.check("SET p a 0 version=0 ttl=1m", "", is: "OK 1")
            try client.check("SET p b 3 version=1", "yyy", is: "OK 2")
            try client.check("SET q c 1 version=0", "z", is: "OK 1")
            try client.say("LIST p")
            let expected =
                #"[{"expires":1790000060005,"key":"a","length":0,"time":1790000000005,"version":1},"#
                + #"{"key":"b","length":3,"time":1790000000005,"version":2}]"#
            #expect(try client.reply().body == expected)
        }
    }

    @Test func `prefix, after and limit choose among the keys`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let all = ["A", "a", "a-1", "a-10", "a-2", "a.", "b", "b-1", "ba", "c"]
            for key in all.shuffled() { try client.check("SET p \(key) 1 version=0", "x", is: "OK 1") }
            #expect(try keys(client, "LIST p") == all)
            #expect(try keys(client, "LIST p prefix=a") == ["a", "a-1", "a-10", "a-2", "a."])
            #expect(try keys(client, "LIST p prefix=a-1") == ["a-1", "a-10"])
            #expect(try keys(client, "LIST p prefix=d") == [])
            #expect(try keys(client, "LIST p after=b") == ["b-1", "ba", "c"])
            #expect(try keys(client, "LIST p after=aa") == ["b", "b-1", "ba", "c"])
            #expect(try keys(client, "LIST p after=c") == [])
            #expect(try keys(client, "LIST p limit=3") == ["A", "a", "a-1"])
            #expect(try keys(client, "LIST p prefix=a after=a-1 limit=2") == ["a-10", "a-2"])
            #expect(try keys(client, "LIST p prefix=b after=a") == ["b", "b-1", "ba"])
            #expect(try keys(client, "LIST p prefix=a after=b") == [])
            #expect(try keys(client, "LIST other") == [])
        }
    }

    @Test func `keys are ordered by their bytes`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let sorted = ["!", "%25", "%7E%7E", "%7F".replacing("7F", with: "C2%80"), "%C3%A9", "%C3%A9a"]
            for key in sorted.reversed() { try client.check("SET p \(key) 1 version=0", "x", is: "OK 1") }
            #expect(try keys(client, "LIST p") == ["!", "%", "~~", "\u{80}", "\u{e9}", "\u{e9}a"])
            #expect(try keys(client, "LIST p prefix=%C3%A9") == ["\u{e9}", "\u{e9}a"])
            #expect(try keys(client, "LIST p after=%C3%A9") == ["\u{e9}a"])
        }
    }

    @Test func `what is gone is left out, and does not count in the limit`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            for number in 10..<30 {
                let ttl = number < 25 ? " ttl=1s" : ""
                try client.check("SET p k\(number) 1 version=0\(ttl)", "x", is: "OK 1")
            }
            try client.check("UNSET p k27 version=1", is: "OK 2")
            clock.advance(by: 999)
            #expect(try keys(client, "LIST p").count == 19)
            clock.advance(by: 1)
            #expect(try keys(client, "LIST p") == ["k25", "k26", "k28", "k29"])
            #expect(try keys(client, "LIST p limit=1") == ["k25"])
            #expect(try keys(client, "LIST p limit=3") == ["k25", "k26", "k28"])
        }
    }

    @Test func `a list sees what its own pipeline changed`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            for key in ["a", "c", "e"] { try client.check("SET p \(key) 1 version=0", "x", is: "OK 1") }
            let lines = [
                "SET p b 2 version=0\r\nxx", "SET p d 1 version=0\r\nx", "UNSET p a version=1",
                "SET p c 3 version=1\r\nxxx", "SET q x 1 version=0\r\nx", "LIST p", "LIST p limit=2", "LIST p after=b",
                "LIST p prefix=d", "PING",
            ]
            try client.send(lines.map { $0 + "\r\n" }.joined())
            for _ in 0..<5 { #expect(try client.reply().line.hasPrefix("OK ")) }
            let lists = try (0..<4).map { _ in try client.reply().body }
            let found = lists.map { list in
                list.split(separator: #""key":""#).dropFirst().map { String($0.prefix { $0 != "\"" }) }
            }
            #expect(found == [["b", "c", "d", "e"], ["b", "c"], ["c", "d", "e"], ["d"]])
            #expect(lists[0].contains(#""key":"c","length":3,"#))
            try client.check("PING", is: "PONG")
        }
    }

    @Test func `more than a thousand records are listed page by page`() async throws {
        let folder = try TemporaryFolder()
        let names = (0..<2_345).map { "k\(10_000 + $0)" }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            for name in names.shuffled() { try client.say("SET p \(name) 1 version=0", "x") }
            for _ in names { #expect(try client.reply().line == "OK 1") }
            #expect(try keys(client, "LIST p") == Array(names.prefix(100)))
            #expect(try keys(client, "LIST p limit=1000") == Array(names.prefix(1_000)))
            try client.check("LIST p limit=1001", fails: "bad-option")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            var found: [String] = []
            while true {
                let page = try keys(client, "LIST p limit=1000" + (found.last.map { " after=\($0)" } ?? ""))
                found += page
                if page.count < 1_000 { break }
            }
            #expect(found == names)
        }
    }

    @Test func `large values are skipped, not read`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let value = String(repeating: "v", count: 65_536)
            for key in ["a", "b", "c"] { try client.check("SET p \(key) 65536 version=0", value, is: "OK 1") }
            #expect(try client.objects("LIST p").map { $0["length"] as? Int } == [65_536, 65_536, 65_536])
            #expect(try keys(client, "LIST p after=a limit=1") == ["b"])
        }
    }
}
