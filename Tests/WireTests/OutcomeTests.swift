// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("OUTCOME") struct OutcomeTests {
    private static let day: UInt64 = 86_400_000

    @Test func `an outcome is unknown until the transaction ends`() async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try other.check("OUTCOME t", is: "OK unknown")
            for (end, reply, outcome) in [("ABORT", "OK", "aborted"), ("COMMIT", "OK 0", "committed")] {
                let id = "%20\(end)".replacing("%20", with: "%C3%A9")
                try client.check("BEGIN id=\(id)", is: "OK")
                try other.check("OUTCOME \(id)", is: "OK unknown")
                try client.check(end, is: reply)
                try other.check("OUTCOME \(id)", is: "OK \(outcome)")
                try client.check("OUTCOME \(id)", is: "OK \(outcome)")
            }
            try client.check("BEGIN", is: "OK")
            try client.check("COMMIT", is: "OK 0")
        }
    }

    @Test func `a connection that is lost between BEGIN and COMMIT leaves nothing`() async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.check("BEGIN id=t", is: "OK")
            try client.check("PUB a 1", "x", is: "QUEUED")
            try client.check("SET p k 1 version=0", "x", is: "QUEUED")
            client.disconnect()
            try other.wait("INFO", until: "connections", is: 1)
            try other.check("OUTCOME t", is: "OK aborted")
            try other.check("INFO topic a", fails: "unknown-topic")
            try other.check("GET p k", is: "NIL")
            try other.check("BEGIN id=t", is: "OK")
            try other.check("COMMIT", is: "OK 0")
            try other.check("OUTCOME t", is: "OK committed")
        }
    }

    @Test func `input that ends without a COMMIT leaves nothing`() async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.send("BEGIN id=t\r\nPUB a 1\r\nx\r\n")
            try client.endInput()
            try client.checkEnd(["OK", "QUEUED"])
            try other.wait("INFO", until: "connections", is: 1)
            try other.check("OUTCOME t", is: "OK aborted")
            try other.check("INFO topic a", fails: "unknown-topic")
        }
    }

    @Test func `a commit whose reply nobody waits for is told afterwards, across a restart too`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.send("BEGIN id=t\r\nPUB a 1\r\nx\r\nSET p k 1 version=0\r\nx\r\nCOMMIT\r\n")
            try client.endInput()
            try client.checkEnd(["OK", "QUEUED", "QUEUED", "OK 2 offsets=1"])
            try other.check("OUTCOME t", is: "OK committed")
            try other.check("BEGIN id=u", is: "OK")
            try other.check("ABORT", is: "OK")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("OUTCOME t", is: "OK committed")
            try client.check("OUTCOME u", is: "OK aborted")
            #expect(try client.object("INFO topic a")["messages"] as? Int == 1)
            #expect(try client.ask("GET p k").hasPrefix("DATA 1 version=1 "))
            try client.check("BEGIN id=t", fails: "exists")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 0:exists "))
        }
    }

    @Test func `the id of a committed transaction cannot be used again, and nothing behind it is done`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let pipeline = "BEGIN id=t\r\nPUB a 1\r\nx\r\nCOMMIT\r\n"
            try client.send(pipeline + pipeline)
            #expect(try (0..<3).map { _ in try client.reply().line } == ["OK", "QUEUED", "OK 1 offsets=1"])
            #expect(try client.reply().line.hasPrefix("ERR exists ") == true)
            #expect(try client.reply().line.hasPrefix("ERR tx 0:exists ") == true)
            #expect(try client.reply().line.hasPrefix("ERR tx 0:exists ") == true)
            try client.check("OUTCOME t", is: "OK committed")
            #expect(try client.object("INFO topic a")["messages"] as? Int == 1)
        }
    }

    @Test func `of two transactions of one id that are open at once, the first counts`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("BEGIN id=t", is: "OK")
            try first.check("PUB a 1", "x", is: "QUEUED")
            try second.check("BEGIN id=t", fails: "conflict")
            #expect(try second.ask("PUB a 1", "y").hasPrefix("ERR tx 0:conflict "))
            #expect(try second.ask("COMMIT").hasPrefix("ERR tx 0:conflict "))
            // The end of the second says nothing about the first.
            try second.check("OUTCOME t", is: "OK unknown")
            try second.check("BEGIN id=t", fails: "conflict")
            try first.check("COMMIT", is: "OK 1 offsets=1")
            try second.check("ABORT", is: "OK")
            try second.check("OUTCOME t", is: "OK committed")
            try second.check("BEGIN id=t", fails: "exists")
            second.disconnect()
            try first.wait("INFO", until: "connections", is: 1)
            try first.check("OUTCOME t", is: "OK committed")
            #expect(try first.object("INFO topic a")["messages"] as? Int == 1)
        }
    }

    @Test(arguments: [("ABORT", "OK aborted"), ("COMMIT", "OK committed")])
    func `an outcome is kept for 24 h`(end: String, outcome: String) async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("BEGIN id=t", is: "OK")
            _ = try client.ask(end)
            clock.advance(by: Self.day - 1)
            try client.check("OUTCOME t", is: outcome)
            clock.advance(by: 1)
            try client.check("OUTCOME t", is: "OK unknown")
            try client.check("BEGIN id=t", is: "OK")
            try client.check("COMMIT", is: "OK 0")
            try client.check("OUTCOME t", is: "OK committed")
            clock.advance(by: 60_000)
            try client.check("OUTCOME t", is: "OK committed")
        }
    }
}
