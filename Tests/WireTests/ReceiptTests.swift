// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("RECEIPT") struct ReceiptTests {
    /// A client whose consumer 1 holds the message 1, which has an id.
    private func consumer(_ port: Int) throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
        try client.check("PUB a 1 id=o-1", "x", is: "OK 1")
        #expect(try client.checkMessage(offset: 1).option("receipt") == nil)
        return client
    }

    @Test(arguments: ["RELEASE 1 1", "NACK 1 1 delay=0ms"])
    func `a message that comes again tells its receipt`(line: String) async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("RECEIPT 1 o-1 done", is: "OK")
            try client.check(line, is: "OK 1")
            let message = try client.checkMessage(offset: 1, attempt: 2)
            #expect(message.option("receipt") == "done")
            #expect(message.option("id") == "o-1")
            try client.check("ACK 1 2", is: "OK 1")
        }
    }

    @Test func `a receipt does not settle`() async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("RECEIPT 1 o-1 done", is: "OK")
            let info = try client.object("INFO subscription a s")
            #expect(info["inFlight"] as? Int == 1)
            #expect(info["backlog"] as? Int == 1)
        }
    }

    @Test func `a receipt is told after the end of the connection`() async throws {
        try await wire { port in
            let (other, client) = (try WireClient(port), try consumer(port))
            try client.check("RECEIPT 1 o-1 done", is: "OK")
            client.disconnect()
            try other.wait("INFO", until: "connections", is: 1)
            try other.check("SUB 1 a s", is: "OK lease=30s")
            #expect(try other.checkMessage(offset: 1, attempt: 2).option("receipt") == "done")
        }
    }

    @Test func `a receipt is told after a restart of the broker`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let client = try consumer(port)
            try client.publish("a", "two", "three")
            try client.check("RECEIPT 1 o-1 done", is: "OK")
            try client.check("RECEIPT 1 #3 failed", is: "OK")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            let receipts = try (1...3).map { try client.checkMessage(offset: $0).option("receipt") }
            #expect(receipts == ["done", nil, "failed"])
        }
    }

    @Test func `a message without an id has the receipt of its offset`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one", "two")
            for offset in 1...2 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("RECEIPT 1 #2 done", is: "OK")
            try client.check("RELEASE 1 1-2", is: "OK 2")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("receipt") == nil)
            #expect(try client.checkMessage(offset: 2, attempt: 2).option("receipt") == "done")
        }
    }

    @Test func `a message with an id has no receipt of its offset`() async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("RECEIPT 1 #1 done", is: "OK")
            try client.check("RELEASE 1 1", is: "OK 1")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("receipt") == nil)
        }
    }

    @Test func `a receipt holds for every message of its id, the first delivery included`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try consumer(port)
            try client.check("RECEIPT 1 o-1 done keep=30d", is: "OK")
            try client.check("ACK 1 1", is: "OK 1")
            // Past the window in which the repeat would be recognised.
            clock.advance(by: 86_400_000)
            try client.check("PUB a 1 id=o-1", "x", is: "OK 2")
            #expect(try client.checkMessage(offset: 2, attempt: 1).option("receipt") == "done")
            try client.publish("a", "plain")
            #expect(try client.checkMessage(offset: 3, attempt: 1).option("receipt") == nil)
        }
    }

    @Test(arguments: [(" keep=10s", 10_000), ("", 7 * 86_400_000)] as [(String, UInt64)])
    func `a receipt stays for as long as was said`(option: String, time: UInt64) async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a dedup-window=1h", is: "OK")
            try client.check("SUB 1 a s from=new lease=12h", is: "OK created lease=12h")
            try client.check("PUB a 1 id=o-1", "x", is: "OK 1")
            try client.checkMessage(offset: 1)
            try client.check("RECEIPT 1 o-1 done\(option)", is: "OK")
            try client.check("RELEASE 1 1 delay=\(time - 1)ms", is: "OK 1")
            clock.advance(by: time - 1)
            try client.check("PING", is: "PONG")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("receipt") == "done")
            try client.check("RELEASE 1 2 delay=1ms", is: "OK 1")
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            #expect(try client.checkMessage(offset: 1, attempt: 3).option("receipt") == nil)
        }
    }

    @Test func `the last receipt replaces the one before`() async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("RECEIPT 1 o-1 begun keep=1h", is: "OK")
            try client.check("RECEIPT 1 o-1 caf%C3%A9%20%25", is: "OK")
            try client.check("RELEASE 1 1", is: "OK 1")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("receipt") == "caf%C3%A9%20%25")
        }
    }

    @Test func `a receipt is not told to another subscription`() async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("SUB 2 a t from=earliest", is: "OK created lease=30s")
            try client.checkMessage(offset: 1)
            try client.check("RECEIPT 1 o-1 done", is: "OK")
            try client.check("RELEASE 2 1", is: "OK 1")
            let message = try client.checkMessage(offset: 1, attempt: 2)
            #expect(message.consumer == 2)
            #expect(message.option("receipt") == nil)
            try client.check("RECEIPT 2 o-1 other", is: "OK")
            try client.check("RELEASE 1 1", is: "OK 1")
            let first = try client.checkMessage(offset: 1, attempt: 2)
            #expect(first.consumer == 1)
            #expect(first.option("receipt") == "done")
        }
    }

    @Test func `receipts go with their subscription`() async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check("RECEIPT 1 o-1 done", is: "OK")
            try client.check("DELETE subscription a s", is: "OK")
            try client.checkPush("LOST 1 1 deleted")
            try client.checkPush("GONE 1 deleted")
            try client.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            #expect(try client.checkMessage(offset: 1).option("receipt") == nil)
        }
    }

    @Test(arguments: [
        ("RECEIPT 2 o-1 done", "unknown-consumer"), ("RECEIPT 1 o-1", "bad-argument"), ("RECEIPT 1", "bad-argument"),
        ("RECEIPT 1 %20 done", "bad-argument"), ("RECEIPT 1 o-1 done keep=0ms", "bad-option"),
        ("RECEIPT 1 o-1 " + String(repeating: "o", count: 201), "bad-argument"),
    ])
    func `a receipt that is refused leaves none`(line: String, code: String) async throws {
        try await wire { port in
            let client = try consumer(port)
            try client.check(line, fails: code)
            try client.check("RELEASE 1 1", is: "OK 1")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("receipt") == nil)
        }
    }

    @Test func `a receipt may be as long as its limit`() async throws {
        try await wire { port in
            let client = try consumer(port)
            let outcome = String(repeating: "o", count: 200)
            try client.check("RECEIPT 1 o-1 \(outcome)", is: "OK")
            try client.check("RELEASE 1 1", is: "OK 1")
            #expect(try client.checkMessage(offset: 1, attempt: 2).option("receipt") == outcome)
        }
    }

    @Test func `a nearly full store takes no receipts`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in _ = try consumer(port) }
        try await wire(settings { $0.reserveMinimum = 6 << 30 }, folder: folder) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkMessage(offset: 1)
            try client.check("RECEIPT 1 o-1 done", fails: "full")
            try client.check("ACK 1 1", is: "OK 1")
        }
    }
}
