// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Transactions that fail") struct FailedTransactionTests {
    /// A client whose consumer 1 holds the messages 1 and 2.
    private func holder(_ port: Int, _ options: String = "") throws -> WireClient {
        let client = try WireClient(port)
        let lease = options.firstMatch(of: /lease=(\w+)/).map { String($0.1) } ?? "30s"
        try client.check("SUB 1 a s from=new window=16\(options)", is: "OK created lease=\(lease)")
        try client.publish("a", "one", "two")
        for offset in 1...2 { try client.checkMessage(offset: UInt64(offset)) }
        return client
    }

    /// Begins, publishes one message that must not be seen, and says some lines more.
    private func commit(_ client: WireClient, _ lines: String...) throws -> String {
        try client.check("BEGIN", is: "OK")
        try client.check("PUB unseen 1", "x", is: "QUEUED")
        for line in lines { try client.check(line, is: "QUEUED") }
        let reply = try client.ask("COMMIT")
        try client.check("INFO topic unseen", fails: "unknown-topic")
        return reply
    }

    @Test(arguments: [
        "ACK 1 1", "NACK 1 1", "RELEASE 1 1-2", "REJECT 1 2,1", "ACK 1 1-9223372036854775807", "ACK 1 3", "ACK 1 2-3",
    ])
    func `a tag that was settled or never given is a lease that is lost`(line: String) async throws {
        try await wire { port in
            let client = try holder(port)
            try client.check("ACK 1 1", is: "OK 1")
            #expect(try commit(client, line).hasPrefix("ERR tx 2:lease-lost "))
            try client.check("ACK 1 2", is: "OK 1")
        }
    }

    @Test func `a tag that is settled twice in a transaction is lost the second time`() async throws {
        try await wire { port in
            let client = try holder(port)
            #expect(try commit(client, "ACK 1 1", "RELEASE 1 1-2").hasPrefix("ERR tx 3:lease-lost "))
            try client.checkQuiet()
            try client.check("ACK 1 1-2", is: "OK 2")
        }
    }

    @Test func `a lease that runs out before the COMMIT is lost`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try holder(port, " lease=1s backoff=1h")
            try client.check("BEGIN", is: "OK")
            try client.check("PUB unseen 1", "x", is: "QUEUED")
            try client.check("ACK 1 1", is: "QUEUED")
            clock.advance(by: 999)
            try client.checkQuiet()
            clock.advance(by: 1)
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 2:lease-lost "))
            try client.checkPush("LOST 1 1-2 timeout")
            try client.check("INFO topic unseen", fails: "unknown-topic")
            #expect(try client.object("INFO subscription a s")["backlog"] as? Int == 2)
        }
    }

    @Test(arguments: ["ACK 2 1", "NACK 2 1", "RECEIPT 2 i done"])
    func `a consumer that is not there is unknown at the COMMIT`(line: String) async throws {
        try await wire { port in
            let client = try holder(port)
            #expect(try commit(client, line).hasPrefix("ERR tx 2:unknown-consumer "))
        }
    }

    @Test func `a consumer whose subscription goes meanwhile is unknown`() async throws {
        try await wire { port in
            let (client, other) = (try holder(port), try WireClient(port))
            try client.check("BEGIN", is: "OK")
            try client.check("ACK 1 1", is: "QUEUED")
            try other.check("DELETE subscription a s", is: "OK")
            try client.checkPush("LOST 1 1-2 deleted")
            try client.checkPush("GONE 1 deleted")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 1:unknown-consumer "))
        }
    }

    @Test func `an id with another body is refused, also within the transaction`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            for (topic, id, bodies) in [("a", "i", ["y"]), ("a", "j", ["x", "y"]), ("new", "j", ["x", "y"])] {
                try client.check("BEGIN", is: "OK")
                try client.check("PUB unseen 1", "x", is: "QUEUED")
                for body in bodies { try client.check("PUB \(topic) 1 id=\(id)", body, is: "QUEUED") }
                #expect(try client.ask("COMMIT").hasPrefix("ERR tx \(1 + bodies.count):id-conflict "))
            }
            #expect(
                try client.objects("INFO topics").map { $0["name"] as? String } == ["$sys.topic.no-subscriber", "a"])
            // What failed was not remembered.
            try client.check("PUB a 1 id=j", "z", is: "OK 2 subs=0")
        }
    }

    @Test func `a topic that may not be made is unknown`() async throws {
        try await wire(settings { $0.autoCreateTopics = false }) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a", is: "OK")
            try client.check("BEGIN", is: "OK")
            try client.check("PUB a 1", "x", is: "QUEUED")
            try client.check("PUB b 1", "x", is: "QUEUED")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 2:unknown-topic "))
            #expect(try client.object("INFO topic a")["messages"] as? Int == 0)
        }
    }

    @Test(arguments: [true, false])
    func `a topic takes all that a transaction has for it or nothing`(exists: Bool) async throws {
        let limited = settings { $0.topicPatterns = ["w.* retention=work max-messages=2"] }
        try await wire(limited) { port in
            let client = try WireClient(port)
            if exists { try client.check("CREATE topic w.a", is: "OK") }
            for (count, expected) in [(3, "ERR tx 3:full"), (2, "OK 2 offsets=1,2"), (1, "ERR tx 1:full")] {
                try client.check("BEGIN", is: "OK")
                for _ in 0..<count { try client.check("PUB w.a 1", "x", is: "QUEUED") }
                #expect(try client.ask("COMMIT").hasPrefix(expected))
            }
        }
    }

    @Test func `a nearly full store takes settles, but no messages, records and receipts`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            _ = try holder(port)
            try WireClient(port).check("SET p k 1 version=0", "x", is: "OK 1")
        }
        try await wire(settings { $0.reserveMinimum = 6 << 30 }, folder: folder) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            for offset in 1...2 { try client.checkMessage(offset: UInt64(offset)) }
            for (line, data) in [
                ("PUB a 1", "x"), ("PUB new 1", "x"), ("SET p k 1 version=1", "y"), ("RECEIPT 1 #1 done", nil),
            ] as [(String, String?)] {
                try client.check("BEGIN", is: "OK")
                try client.check("ACK 1 1", is: "QUEUED")
                try client.check(line, data, is: "QUEUED")
                #expect(try client.ask("COMMIT").hasPrefix("ERR tx 2:full "), "\(line)")
            }
            try client.check("BEGIN", is: "OK")
            try client.check("ACK 1 1", is: "QUEUED")
            try client.check("UNSET p k version=1", is: "QUEUED")
            try client.check("COMMIT", is: "OK 2")
        }
    }

    // MARK: - Doomed

    @Test(arguments: [
        ("PUB a..b 1\r\nx", "bad-name"), ("PUB $sys.x 1\r\nx", "denied"), ("PUB a 1 delay=1\r\nx", "bad-option"),
        ("SET p k 1 version=x\r\nx", "bad-option"), ("ACK 1 0", "bad-argument"), ("NONSENSE", "bad-command"),
        ("SUB 1 a s from=new", "tx"), ("INFO", "tx"), ("GET p k", "tx"), ("LIST p", "tx"), ("OUTCOME t", "tx"),
        ("TOUCH 1 1", "tx"), ("WINDOW 1 1", "tx"), ("UNSUB 1", "tx"), ("CREATE topic c", "tx"), ("PURGE a", "tx"),
        ("PEEK a 1", "tx"), ("DELETE topic a", "tx"), ("BEGIN", "tx"), ("BEGIN id=u", "tx"), ("BEGIN x", "tx"),
        ("COMMIT now", "bad-option"), ("ABORT now", "bad-option"),
    ])
    func `a command that is refused dooms its transaction`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("BEGIN id=t", is: "OK")
            try client.check("PUB unseen 1", "x", is: "QUEUED")
            try client.check(line, fails: code)
            for (line, data) in [("PUB unseen 1", "x"), ("ACK 1 1", nil), ("SET p k 1 version=0", "x")] {
                #expect(try client.ask(line, data).hasPrefix("ERR tx 2:\(code) "))
            }
            try client.check("PING", is: "PONG")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 2:\(code) "))
            try client.check("OUTCOME t", is: "OK aborted")
            #expect(try client.objects("INFO topics").isEmpty)
            try client.check("GET p k", is: "NIL")
            // The transaction has ended with it.
            try client.check("PUB a 1", "x", is: "OK 1 subs=0")
        }
    }

    @Test(arguments: ["BEGIN id=", "BEGIN now", "BEGIN id=1 id=2", "BEGIN id=%", "BEGIN  id=1"])
    func `nothing behind a refused BEGIN is done`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send("\(line)\r\nPUB a 1\r\nx\r\nSET p k 1 version=0\r\nx\r\nCOMMIT\r\nPUB b 1\r\nx\r\n")
            let first = try client.reply().line
            #expect(first.hasPrefix("ERR bad-"))
            let code = first.split(separator: " ")[1]
            for _ in 0..<3 { #expect(try client.reply().line.hasPrefix("ERR tx 0:\(code) ") == true) }
            #expect(try client.reply().line == "OK 1 subs=0")
            try client.check("INFO topic a", fails: "unknown-topic")
            try client.check("GET p k", is: "NIL")
        }
    }

    @Test(arguments: ["COMMIT", "ABORT"])
    func `an end without a beginning is refused, and harms nothing`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, fails: "tx")
            try client.check("PUB a 1", "x", is: "OK 1 subs=0")
            try client.check("BEGIN", is: "OK")
            try client.check("ABORT", is: "OK")
            try client.check(line, fails: "tx")
        }
    }

    @Test(arguments: ["BYE", "PUB a", "SET p k 65537 version=0"])
    func `a conversation that ends leaves nothing of its transaction`(line: String) async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.send("BEGIN id=t\r\nPUB a 1\r\nx\r\n\(line)\r\nCOMMIT\r\n")
            let rest = try client.rest()
            #expect(rest.count == 3)
            #expect(rest.prefix(2) == ["OK", "QUEUED"])
            try other.check("OUTCOME t", is: "OK aborted")
            try other.check("INFO topic a", fails: "unknown-topic")
        }
    }
}
