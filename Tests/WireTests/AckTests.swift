// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("ACK") struct AckTests {
    /// Publishes that many messages and takes them as consumer 1 of a client.
    private func consumer(_ port: Int, holding count: Int) throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new window=1000", is: "OK created lease=30s")
        for _ in 0..<count { try client.say("PUB a 1", "x") }
        for offset in 1...count { #expect(try client.reply().line == "OK \(offset)") }
        for offset in 1...count { try client.checkMessage(offset: UInt64(offset)) }
        return client
    }

    @Test func `tags, lists and ranges are settled`() async throws {
        try await wire { port in
            let client = try consumer(port, holding: 10)
            try client.check("ACK 1 1", is: "OK 1")
            try client.check("ACK 1 3,5", is: "OK 2")
            try client.check("ACK 1 6-8", is: "OK 3")
            try client.check("ACK 1 2,9-10,4", is: "OK 4")
            let info = try client.object("INFO subscription a s")
            #expect(info["backlog"] as? Int == 0)
            #expect(info["floor"] as? Int == 10)
            #expect(info["inFlight"] as? Int == 0)
        }
    }

    @Test func `a repeated ack is answered OK`() async throws {
        try await wire { port in
            let client = try consumer(port, holding: 4)
            try client.check("ACK 1 2", is: "OK 1")
            try client.check("ACK 1 2", is: "OK 1")
            try client.check("ACK 1 1-3", is: "OK 3")
            try client.check("ACK 1 1-3", is: "OK 3")
            try client.check("ACK 1 1,2,3", is: "OK 3")
            #expect(try client.object("INFO subscription a s")["backlog"] as? Int == 1)
        }
    }

    @Test func `a wide range settles what is held and reports the rest as lost`() async throws {
        try await wire { port in
            let client = try consumer(port, holding: 3)
            try client.check("ACK 1 1-9223372036854775807", is: "OK 3 lost=4-9223372036854775807")
            try client.check("ACK 1 9223372036854775807", is: "OK 0 lost=9223372036854775807")
            let wide = Array(repeating: "1-9223372036854775807", count: 150).joined(separator: ",")
            try client.check("ACK 1 \(wide)", is: "OK 3 lost=4-9223372036854775807")
            try client.check("ACK 1 1,1,2-3,3", is: "OK 3")
        }
    }

    @Test func `a list of lost tags that does not fit a line is cut`() async throws {
        try await wire { port in
            let client = try consumer(port, holding: 1)
            let tags = (0..<800).map { "\(1_000 + 2 * $0)" }.joined(separator: ",")
            let reply = try client.ask("ACK 1 \(tags)")
            #expect(reply.hasPrefix("OK 0 lost=1000,1002,"), "\(reply)")
            #expect(reply.hasSuffix(",more"))
            #expect(reply.utf8.count <= 4_096)
        }
    }

    @Test func `a tag that was never given is lost`() async throws {
        try await wire { port in
            let client = try consumer(port, holding: 1)
            try client.check("ACK 1 2", is: "OK 0 lost=2")
            try client.check("ACK 1 1,2", is: "OK 1 lost=2")
        }
    }

    @Test(arguments: [
        ("ACK", "bad-argument"), ("ACK 1", "bad-argument"), ("ACK 1 0", "bad-argument"), ("ACK 1 x", "bad-argument"),
        ("ACK 1 1,", "bad-argument"), ("ACK 1 ,1", "bad-argument"), ("ACK 1 2-1", "bad-argument"),
        ("ACK 1 1-", "bad-argument"), ("ACK 1 01", "bad-argument"), ("ACK 1 9223372036854775808", "bad-argument"),
        ("ACK 1 1 delay=1s", "bad-option"), ("ACK 1 1 note=x", "bad-option"), ("ACK 2 1", "unknown-consumer"),
        ("ACK 2 1,2", "unknown-consumer"), ("ACK x 1", "bad-argument"),
    ])
    func `a refused ack settles nothing`(line: String, code: String) async throws {
        try await wire { port in
            let client = try consumer(port, holding: 1)
            try client.check(line, fails: code)
            #expect(try client.object("INFO subscription a s")["inFlight"] as? Int == 1)
        }
    }

    @Test func `tags belong to one consumer of one connection`() async throws {
        try await wire { port in
            let client = try consumer(port, holding: 1)
            let other = try WireClient(port)
            try other.check("ACK 1 1", fails: "unknown-consumer")
            try other.check("SUB 1 a s", is: "OK lease=30s")
            try other.check("ACK 1 1", is: "OK 0 lost=1")
            try client.check("ACK 1 1", is: "OK 1")
        }
    }

    @Test func `what is settled is not delivered again, and what is not is`() async throws {
        try await wire { port in
            let client = try consumer(port, holding: 5)
            try client.check("ACK 1 2,4", is: "OK 2")
            client.disconnect()
            let other = try WireClient(port)
            try other.check("SUB 1 a s", is: "OK lease=30s")
            for offset in [1, 3, 5] { try other.checkMessage(offset: UInt64(offset), attempt: 2) }
            try other.checkQuiet()
        }
    }

    @Test func `a whole window of 10,000 is settled in one line`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=10000", is: "OK created lease=30s")
            try client.send(String(repeating: "PUB a 1\r\nx\r\n", count: 10_001))
            for offset in 1...10_000 { #expect(try client.message().offset == UInt64(offset)) }
            for _ in 0..<10_001 { _ = try client.reply() }
            try client.checkQuiet()
            try client.check("ACK 1 1-10000", is: "OK 10000")
            try client.checkMessage(offset: 10_001)
        }
    }

    @Test func `a commit names the first tag that has no lease`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.publish("a", "one", "two", "three")
            try client.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            for _ in 1...3 { _ = try client.message() }
            try client.check("ACK 1 2", is: "OK 1")
            for (tags, lost) in [("1-3", 2), ("1,3-4", 4), ("2-3", 2), ("3-1000000000", 4)] {
                try client.check("BEGIN", is: "OK")
                try client.check("ACK 1 \(tags)", is: "QUEUED")
                try client.check("COMMIT", is: "ERR tx 1:lease-lost tags: \(lost) has no lease any more")
            }
        }
    }
}
