// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Order") struct OrderTests {
    /// Publishes messages of these keys, in which a dot is none.
    private func publish(_ client: WireClient, _ keys: String) throws {
        for key in keys {
            let reply = try client.ask("PUB a 1" + (key == "." ? "" : " key=\(key)"), "x")
            #expect(reply.hasPrefix("OK "), "\(reply)")
        }
    }

    @Test func `of one key one is in flight, others and those without a key flow`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new order=key", is: "OK created lease=30s")
            try publish(client, "kkj..k")
            try client.checkMessages([1, 3, 4, 5])
            try client.checkWhy("a 2 s", is: "blocked", ["key": "k", "by": 1, "verdict": "leased"])
            try client.checkWhy("a 6 s", is: "blocked", ["key": "k", "by": 1, "verdict": "leased"])
            try client.check("ACK 1 2", is: "OK 1")
            try client.checkQuiet()
            try client.check("ACK 1 1", is: "OK 1")
            try client.checkMessages([2])
            try client.checkWhy("a 6 s", is: "blocked", ["key": "k", "by": 2, "verdict": "leased"])
        }
    }

    @Test func `a redelivery comes before later messages of its key`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new order=key", is: "OK created lease=30s")
            try publish(client, "kkj")
            try client.checkMessages([1, 3])
            try client.check("NACK 1 1 delay=10s", is: "OK 1")
            try client.checkQuiet()
            try client.checkWhy("a 2 s", is: "blocked", ["key": "k", "by": 1, "verdict": "deferred"])
            clock.advance(by: 10_000)
            try client.check("PING", is: "PONG")
            let again = try client.checkMessage(offset: 1, attempt: 2)
            #expect(again.option("failures") == "1")
            try client.checkQuiet()
            try client.check("RELEASE 1 3", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 3)
            try client.check("PARK 1 4", is: "OK 1")
            try client.checkQuiet()
            try client.checkWhy("a 2 s", is: "blocked", ["key": "k", "by": 1, "verdict": "parked"])
            try client.check("RESOLVE a s 1 retry", is: "OK")
            try client.checkMessage(offset: 1, attempt: 4)
            try client.check("REJECT 1 5", is: "OK 1")
            try client.checkMessages([2])
        }
    }

    @Test func `the end of a connection gives the key back in its order`() async throws {
        try await wire(clock: ManualClock()) { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("SUB 1 a s from=new order=key", is: "OK created lease=30s")
            try publish(first, "kk")
            try first.checkMessages([1])
            try second.check("SUB 1 a s order=key", is: "OK lease=30s")
            try publish(second, "kj")
            #expect(try second.checkMessage(offset: 4).attempt == 1)
            first.disconnect()
            try second.checkMessage(offset: 1, attempt: 2)
            try second.checkQuiet()
            for offset in [2, 3] {
                try second.check("ACK 1 \(offset)", is: "OK 1")
                try second.checkMessage(offset: UInt64(offset))
            }
        }
    }

    @Test func `with order=all one is in flight, whatever its key`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new order=all", is: "OK created lease=30s")
            try client.check("SUB 2 a s order=all", is: "OK lease=30s")
            try publish(client, "k.j")
            let holder = try #require(try client.checkMessage(offset: 1).consumer)
            try client.checkQuiet()
            let answer = try client.checkWhy("a 3 s", is: "blocked", ["by": 1, "verdict": "leased"])
            #expect((answer["evidence"] as? [String: Any])?["key"] == nil)
            try client.check("UNSUB \(3 - holder)", is: "OK")
            try client.checkQuiet()
            try client.check("SUB 3 a s", is: "OK lease=30s")
            try client.check("UNSUB \(holder)", is: "OK")
            for offset in 1...3 {
                try client.checkMessage(offset: UInt64(offset), attempt: offset == 1 ? 2 : 1)
                try client.checkQuiet()
                try client.check("ACK 3 \(offset)", is: "OK 1")
            }
        }
    }

    @Test(arguments: [("key", "k"), ("all", ".")])
    func `a held key stays held over a restart`(order: String, key: String) async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new order=\(order)", is: "OK created lease=30s")
            try publish(client, key + key + key)
            try client.checkMessages([1])
            try client.check("NACK 1 1 delay=1m", is: "OK 1")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s order=\(order)", is: "OK lease=30s")
            try client.checkQuiet()
            try client.checkWhy("a 3 s", is: "blocked", ["by": 1, "verdict": "deferred"])
            clock.advance(by: 60_000)
            try client.checkMessage(offset: 1, attempt: 2)
            try client.check("PARK 1 1", is: "OK 1")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkQuiet()
            try client.checkWhy("a 2 s", is: "blocked", ["by": 1, "verdict": "parked"])
            try client.check("RESOLVE a s 1 ack", is: "OK")
            try client.checkMessages([2])
            try client.check("ACK 1 1", is: "OK 1")
            try client.checkMessages([3])
        }
    }

    @Test func `with on-poison=park what would die is parked and holds its key`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check(
                "SUB 1 a s from=new order=key on-poison=park max-failures=2 max-deliveries=2",
                is: "OK created lease=30s")
            try publish(client, "kkjh")
            try client.checkMessages([1, 3, 4])
            try client.check("NACK 1 1 delay=0s code=E1", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 2)
            try client.check("NACK 1 4 code=E2 note=broken", is: "OK 1")
            try client.check("REJECT 1 2 code=E3", is: "OK 1")
            try client.check("RELEASE 1 3", is: "OK 1")
            try client.checkMessage(offset: 4, attempt: 2)
            try client.check("RELEASE 1 5", is: "OK 1")
            try client.checkQuiet()
            #expect(try client.objects("PARKED a s").map { $0["offset"] as? Int } == [1, 3, 4])
            try client.check("INFO subscription a s", has: ["dead": 0, "parked": 3, "backlog": 4])
            try client.checkWhy("a 1 s", is: "parked", ["code": "E2", "note": "broken", "consumer": "test/1"])
            try client.checkWhy("a 2 s", is: "blocked", ["by": 1, "verdict": "parked"])
            #expect(try client.events("message.parked").count == 3)
            #expect(try client.events("message.dead").isEmpty)
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s on-poison=park", is: "OK lease=30s")
            try client.checkQuiet()
            try client.check("RESOLVE a s 1 reject note=no", is: "OK")
            // A dead letter frees the key.
            try client.checkMessages([2])
            try client.checkWhy("a 1 s", is: "dead", ["reason": "rejected"])
        }
    }

    @Test func `the order of a subscription cannot be changed`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new order=key", is: "OK")
            try client.check("ALTER subscription a s order=all", fails: "conflict")
            try client.check("SUB 1 a s order=none", fails: "conflict")
            try client.check("SUB 1 a s order=none alter", fails: "conflict")
            try client.check("SUB 1 a t from=new order=keys", fails: "bad-option")
            try client.check("SUB 1 a s order=key", is: "OK lease=30s")
        }
    }

    @Test func `a key that is held for 60 s is told, once`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new order=key lease=1h", is: "OK created lease=1h")
            try publish(client, "kk")
            try client.checkMessages([1])
            func pass(_ seconds: Int) throws {
                for _ in 1...seconds {
                    clock.advance(by: 1_000)
                    try client.check("PING", is: "PONG")
                }
            }
            try pass(59)
            #expect(try client.events("key.blocked").isEmpty)
            // It is looked for every 10 s.
            try pass(12)
            let events = try client.waitForEvents("key.blocked", count: 1)
            client.check(events[0], has: ["topic": "a", "subscription": "s", "key": "k", "offset": 1])
            try pass(120)
            #expect(try client.events("key.blocked").count == 1)
        }
    }
}
