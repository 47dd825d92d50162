// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Limits of transactions") struct TransactionLimitTests {
    @Test func `a transaction holds 1000 commands, and one more dooms it`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let publish = "PUB a 1\r\nx\r\n"
            try client.send("BEGIN\r\n" + String(repeating: publish, count: 1_000) + "COMMIT\r\n")
            #expect(try client.reply().line == "OK")
            for _ in 0..<1_000 { #expect(try client.reply().line == "QUEUED") }
            #expect(try client.reply().line == "OK 1000 offsets=1-1000")
            try client.send("BEGIN\r\n" + String(repeating: publish, count: 1_001) + "COMMIT\r\n")
            #expect(try client.reply().line == "OK")
            for _ in 0..<1_000 { #expect(try client.reply().line == "QUEUED") }
            #expect(try client.reply().line.hasPrefix("ERR limit ") == true)
            #expect(try client.reply().line.hasPrefix("ERR tx 1001:limit ") == true)
            #expect(try client.object("INFO topic a")["messages"] as? Int == 1_000)
        }
    }

    @Test func `commands of all kinds count`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let kinds = ["SET p k 0 version=any\r\n\r\n", "UNSET p k version=any\r\n", "PUB a 0\r\n\r\n", "PING\r\n"]
            try client.check("BEGIN", is: "OK")
            try client.send((0..<1_333).map { kinds[$0 % 4] }.joined())
            for number in 0..<1_333 {
                #expect(try client.reply().line == (number % 4 == 3 ? "PONG" : "QUEUED"))
            }
            // 1,333 lines were 1,000 commands, since a PING is none.
            try client.check("ACK 1 1", fails: "limit")
            try client.check("ABORT", is: "OK")
        }
    }

    @Test(arguments: [56_812, 56_813])
    func `a transaction holds 8 MiB, and one byte more dooms it`(last: Int) async throws {
        try await wire { port in
            let client = try WireClient(port)
            let value = String(repeating: "v", count: 65_536)
            try client.check("BEGIN", is: "OK")
            // Each counts with 64 bytes more than its space, key and value: 127 of them leave 56,881.
            for number in 1...127 { try client.check("SET p k\(number) 65536 version=0", value, is: "QUEUED") }
            let reply = try client.ask("SET p last \(last) version=0", String(value.prefix(last)))
            if last == 56_812 {
                #expect(reply == "QUEUED")
                try client.check("COMMIT", is: "OK 128")
                #expect(try client.objects("LIST p limit=1000").count == 128)
            } else {
                #expect(reply.hasPrefix("ERR limit "))
                #expect(try client.ask("COMMIT").hasPrefix("ERR tx 128:limit "))
                #expect(try client.objects("LIST p limit=1000").isEmpty)
            }
        }
    }

    @Test func `publishes count with their bodies`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let body = String(repeating: "b", count: 1 << 20)
            try client.check("BEGIN", is: "OK")
            for _ in 1...7 { try client.check("PUB a 1048576", body, is: "QUEUED") }
            try client.check("PUB a 1048576", body, fails: "limit")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 8:limit "))
            try client.check("INFO topic a", fails: "unknown-topic")
            // What the one before held is given back.
            try client.check("BEGIN", is: "OK")
            for _ in 1...7 { try client.check("PUB a 1048576", body, is: "QUEUED") }
            try client.check("COMMIT", is: "OK 7 offsets=1,2,3,4,5,6,7")
        }
    }

    @Test func `a transaction may be open for less than 10 s`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("BEGIN id=t", is: "OK")
            try client.check("PUB a 1", "x", is: "QUEUED")
            clock.advance(by: 9_999)
            try client.check("COMMIT", is: "OK 1 offsets=1")
            try client.check("BEGIN id=u", is: "OK")
            try client.check("PUB a 1", "x", is: "QUEUED")
            clock.advance(by: 10_000)
            #expect(try client.ask("PUB a 1", "x").hasPrefix("ERR tx 0:timeout "))
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 0:timeout "))
            try client.check("OUTCOME u", is: "OK aborted")
            #expect(try client.object("INFO topic a")["messages"] as? Int == 1)
        }
    }

    @Test func `a COMMIT that comes too late fails, and the time of the next begins anew`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("BEGIN", is: "OK")
            clock.advance(by: 6_000)
            try client.check("COMMIT", is: "OK 0")
            // The second lives past the time at which the first would have ended.
            try client.check("BEGIN", is: "OK")
            clock.advance(by: 6_000)
            try client.check("PING", is: "PONG")
            clock.advance(by: 3_999)
            try client.check("COMMIT", is: "OK 0")
            try client.check("BEGIN", is: "OK")
            clock.advance(by: 5_000)
            try client.check("PING", is: "PONG")
            clock.advance(by: 5_000)
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 0:timeout "))
            try client.check("BEGIN", is: "OK")
            clock.advance(by: 10_000)
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 0:timeout "))
        }
    }
}
