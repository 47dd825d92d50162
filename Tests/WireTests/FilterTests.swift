// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Filters") struct FilterTests {
    /// Publishes a message with a header.
    private func publish(_ client: WireClient, _ header: String, key: String? = nil, is expected: String) throws {
        let headers = header + "\n"
        let option = key.map { " key=\($0)" } ?? ""
        try client.check("PUB a 1\(option) hdr=\(headers.utf8.count)", headers + "x", is: expected)
    }

    @Test func `where passes a header without regard to the case of its name, its value byte for byte`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new where=Kind:paid", is: "OK created lease=30s")
            try publish(client, "kind: paid", is: "OK 1")
            try publish(client, "kind: Paid", is: "OK 2 subs=0")
            try publish(client, "KIND: paid", is: "OK 3")
            try publish(client, "kinds: paid", is: "OK 4 subs=0")
            try publish(client, "kind: paid2", is: "OK 5 subs=0")
            try client.check("PUB a 1", "x", is: "OK 6 subs=0")
            try client.checkMessages([1, 3])
            try client.check("INFO subscription a s", has: ["filtered": 4, "backlog": 2, "dead": 0])
            try client.check("ACK 1 1-2", is: "OK 2")
            try client.check("INFO subscription a s", has: ["floor": 6])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("INFO subscription a s", has: ["filtered": 4, "backlog": 0])
            for offset in [2, 4, 5, 6] { try client.checkWhy("a \(offset) s", is: "filtered") }
            try client.checkWhy("a 1 s", is: "handled")
            try client.check("SUB 1 a s where=Kind:paid", is: "OK lease=30s")
            try publish(client, "kind: other", is: "OK 7 subs=0")
            try publish(client, "kind: paid", is: "OK 8")
            try client.checkMessages([8])
            try client.checkWhy("a 7 s", is: "filtered")
            try client.check("RESOLVE a s 7 ack", fails: "unknown-message")
        }
    }

    @Test func `key-prefix passes keys that begin so, and with where both must hold`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a keys from=new key-prefix=c-", is: "OK created lease=30s")
            try client.check("SUB 2 a both from=new key-prefix=c- where=k:", is: "OK created lease=30s")
            try publish(client, "k: x", key: "c-", is: "OK 1")
            try publish(client, "k: x", key: "c-1", is: "OK 2")
            try publish(client, "k: x", key: "C-1", is: "OK 3 subs=0")
            try publish(client, "k: ", key: "d", is: "OK 4 subs=0")
            try publish(client, "k: ", is: "OK 5 subs=0")
            let pushed = try (0..<2).map { _ in try client.message() }
            #expect(pushed.map(\.offset) == [1, 2])
            #expect(pushed.map(\.consumer) == [1, 1])
            try publish(client, "k: ", key: "c-1", is: "OK 6")
            #expect(Set([try client.message().consumer, try client.message().consumer]) == [1, 2])
            try client.check("INFO subscription a keys", has: ["filtered": 3])
            try client.check("INFO subscription a both", has: ["filtered": 5])
            for offset in 1...5 { try client.checkWhy("a \(offset) both", is: "filtered") }
        }
    }

    @Test func `INFO tells a filter, which cannot be changed`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new where=k:a%20b key-prefix=%FF", is: "OK")
            try client.check("ALTER subscription a s where=k:other", fails: "conflict")
            try client.check("ALTER subscription a s key-prefix=d", fails: "conflict")
            try client.check("ALTER subscription a s where=k:a%20b key-prefix=%FF", is: "OK")
            try client.check("SUB 1 a s where=k:other", fails: "conflict")
            try client.check("SUB 1 a s where=k:other alter", fails: "conflict")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            let settings = try #require(try client.object("INFO subscription a s")["settings"] as? [String: Any])
            #expect(settings["where"] as? String == "k:a b")
            try client.check("SUB 1 a s where=k:a%20b", is: "OK lease=30s")
            // Bytes that are not UTF-8 are a prefix like others.
            try client.check("PUB a 1 hdr=7 key=%FF%01", "k: a b\nx", fails: "bad-option")
            try client.check("PUB a 1 hdr=7 key=%FF%FE", "k: a b\nx", is: "OK 1")
            #expect(try client.checkMessage(offset: 1).option("key") == "%FF%FE")
        }
    }

    @Test func `a value of 200 bytes and a name of 64 are the limit`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let (name, value) = (String(repeating: "n", count: 64), String(repeating: "v", count: 200))
            for (number, filter) in [":v", "n", "\(name)n:v", "n:\(value)v", "n!:v", "n:%0A"].enumerated() {
                try client.check("SUB \(number) a s from=new where=\(filter)", fails: "bad-option")
            }
            try client.check("SUB 1 a s from=new key-prefix=\(value)v", fails: "bad-option")
            try client.check("SUB 1 a s from=new key-prefix=", fails: "bad-option")
            try client.check("SUB 1 a s from=new where=n:v where=n:w", fails: "bad-option")
            try client.check("INFO topic a", fails: "unknown-topic")
            try client.check(
                "SUB 1 a s from=new where=\(name):\(value) key-prefix=\(value)", is: "OK created lease=30s")
            try publish(client, "\(name): \(value)", key: value, is: "OK 1")
            try client.checkMessage(offset: 1)
        }
    }

    @Test func `what nobody will see is announced, filters considered`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new key-prefix=k", is: "OK")
            try client.check("PUB a 1 key=k", "x", is: "OK 1")
            #expect(try client.events("topic.no-subscriber").isEmpty)
            try client.check("PUB a 1 key=j", "x", is: "OK 2 subs=0")
            try client.check("PUB a 1 key=j", "x", is: "OK 3 subs=0")
            client.check(
                try #require(try client.events("topic.no-subscriber").first), has: ["topic": "a", "offset": 2])
            #expect(try client.events("topic.no-subscriber").count == 1)
            clock.advance(by: 60_000)
            try client.check("PUB a 1", "x", is: "OK 4 subs=0")
            #expect(try client.events("topic.no-subscriber").count == 2)
        }
    }
}
