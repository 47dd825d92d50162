// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("BEGIN, COMMIT and ABORT") struct TransactionTests {
    /// A client whose consumer 1 holds the messages 1 to 4 of topic a, and a record of version 1.
    private func holder(_ port: Int) throws -> WireClient {
        let client = try WireClient(port)
        try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
        for number in 1...4 { try client.check("PUB a 1 id=m\(number)", "x", is: "OK \(number)") }
        for offset in 1...4 { try client.checkMessage(offset: UInt64(offset)) }
        try client.check("SET p old 1 version=0", "x", is: "OK 1")
        return client
    }

    /// One command of each kind.
    private static let each = [
        ("ACK 1 1", nil), ("NACK 1 2 delay=1h", nil), ("RELEASE 1 3 delay=1h", nil), ("REJECT 1 4 code=e", nil),
        ("PUB b 1 id=n", "y"), ("SET p k 2 version=0", "yy"), ("UNSET p old version=1", nil),
        ("RECEIPT 1 m2 done", nil), ("CHECK p never version=0", nil),
    ]

    @Test func `all kinds of commands are done together`() async throws {
        try await wire { port in
            let client = try holder(port)
            try client.check("BEGIN id=t", is: "OK")
            for (line, data) in Self.each { try client.check(line, data, is: "QUEUED") }
            try client.check("COMMIT", is: "OK 9 offsets=1")
            let info = try client.object("INFO subscription a s")
            for (name, number) in [("floor", 1), ("inFlight", 0), ("deferred", 2), ("dead", 1), ("backlog", 2)] {
                #expect(info[name] as? Int == number, "\(name)")
            }
            let dead = try client.objects("PEEK $dead.a.s 1 limit=9")
            #expect(dead.map { $0["id"] as? String } == ["m4"])
            #expect(try client.objects("PEEK b 1 limit=9").map { $0["body"] as? String } == ["y"])
            #expect(try client.ask("GET p k").hasPrefix("DATA 2 version=1 "))
            try client.check("GET p old", is: "NIL")
            try client.check("OUTCOME t", is: "OK committed")
            try client.check("PUB b 1 id=n", "y", is: "DUP 1")
        }
    }

    @Test(arguments: 0..<each.count)
    func `nothing of any kind is done when one of them fails`(kind: Int) async throws {
        try await wire { port in
            let (client, other) = (try holder(port), try WireClient(port))
            try client.check("BEGIN id=t", is: "OK")
            let (line, data) = Self.each[kind]
            try client.check(line, data, is: "QUEUED")
            try client.check("SET p none 1 version=7", "z", is: "QUEUED")
            try client.check("COMMIT", is: "ERR tx 2:version 0")
            try other.check("OUTCOME t", is: "OK aborted")
            let info = try other.object("INFO subscription a s")
            for (name, number) in [("floor", 0), ("inFlight", 4), ("deferred", 0), ("dead", 0), ("backlog", 4)] {
                #expect(info[name] as? Int == number, "\(name)")
            }
            #expect(try other.objects("INFO topics").map { $0["name"] as? String } == ["a"])
            try other.check("GET p k", is: "NIL")
            try other.check("GET p none", is: "NIL")
            #expect(try other.ask("GET p old").hasPrefix("DATA 1 version=1 "))
            // Its leases are held still, so that all can be settled, and no receipt was written.
            try client.checkQuiet()
            try client.check("RELEASE 1 2", is: "OK 1")
            #expect(try client.checkMessage(offset: 2, attempt: 2).option("receipt") == nil)
            try client.check("ACK 1 1,3-5", is: "OK 4")
            // Its id was not remembered either.
            try client.check("PUB b 1 id=n", "z", is: "OK 1 subs=0")
        }
    }

    @Test func `what a transaction holds is seen by nobody before its COMMIT`() async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try other.check("SUB 1 b s from=new", is: "OK created lease=30s")
            try client.check("BEGIN", is: "OK")
            try client.check("PUB b 3", "one", is: "QUEUED")
            try client.check("PUB b 3", "two", is: "QUEUED")
            try client.check("SET p k 1 version=0", "x", is: "QUEUED")
            try other.checkQuiet()
            try other.check("GET p k", is: "NIL")
            #expect(try other.object("INFO topic b")["messages"] as? Int == 0)
            try client.check("COMMIT", is: "OK 3 offsets=1,2")
            try other.checkMessage(offset: 1, body: "one")
            try other.checkMessage(offset: 2, body: "two")
            #expect(try other.ask("GET p k").hasPrefix("DATA 1 version=1 "))
        }
    }

    @Test func `an ABORT leaves nothing, and leases where they were`() async throws {
        try await wire { port in
            let client = try holder(port)
            try client.check("BEGIN id=t", is: "OK")
            for (line, data) in Self.each { try client.check(line, data, is: "QUEUED") }
            try client.check("ABORT", is: "OK")
            try client.check("OUTCOME t", is: "OK aborted")
            try client.check("GET p k", is: "NIL")
            try client.check("INFO topic b", fails: "unknown-topic")
            try client.check("ACK 1 1-4", is: "OK 4")
        }
    }

    @Test func `a transaction may be empty, and one follows another`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("BEGIN", is: "OK")
            try client.check("PING", is: "PONG")
            try client.check("COMMIT", is: "OK 0")
            try client.send("BEGIN\r\nPUB a 1\r\nx\r\nCOMMIT\r\nBEGIN\r\nPUB a 1\r\ny\r\nABORT\r\nPUB a 1\r\nz\r\n")
            let replies = try (0..<7).map { _ in try client.reply().line }
            #expect(
                replies == ["OK", "QUEUED", "OK 1 offsets=1", "OK", "QUEUED", "OK", "OK 2 subs=0"])
        }
    }

    @Test func `repeats in a transaction are named by their index, and stored once`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try client.check("BEGIN", is: "OK")
            try client.check("PUB a 1 id=i", "x", is: "QUEUED")
            try client.check("SET p k 1 version=0", "x", is: "QUEUED")
            try client.check("PUB a 1", "y", is: "QUEUED")
            try client.check("PUB a 1 id=j", "z", is: "QUEUED")
            try client.check("PUB a 1 id=j", "z", is: "QUEUED")
            try client.check("PUB b 1 id=j", "w", is: "QUEUED")
            try client.check("COMMIT", is: "OK 6 offsets=1,2,3,3,1 dups=1,5")
            #expect(try client.object("INFO topic a")["messages"] as? Int == 3)
            try client.check("PUB a 1 id=j", "z", is: "DUP 3")
        }
    }

    @Test func `a record may change more than once in a transaction`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            func commit(_ lines: (String, String?)...) throws -> String {
                try client.check("BEGIN", is: "OK")
                for (line, data) in lines { try client.check(line, data, is: "QUEUED") }
                return try client.ask("COMMIT")
            }
            #expect(try commit(("SET p k 1 version=0", "a"), ("SET p k 1 version=1", "b")) == "OK 2")
            try client.say("GET p k")
            let reply = try client.reply()
            #expect(reply.line.hasPrefix("DATA 1 version=2 "))
            #expect(reply.body == "b")
            #expect(
                try commit(("SET p k 1 version=2", "c"), ("SET p k 1 version=2", "d")) == "ERR tx 2:version 3")
            #expect(try commit(("UNSET p k version=2", nil), ("SET p k 1 version=0", "e")) == "OK 2")
            #expect(try client.ask("GET p k").hasPrefix("DATA 1 version=4 "))
            #expect(try commit(("UNSET p k version=4", nil), ("UNSET p k version=4", nil)) == "ERR tx 2:version 0")
            #expect(try commit(("SET p k 1 version=any", "f"), ("UNSET p k version=5", nil)) == "OK 2")
            try client.check("GET p k", is: "NIL")
            try client.check("SET p k 1 version=0", "g", is: "OK 7")
            #expect(try commit(("UNSET p new version=0", nil), ("SET p new 1 version=0", "h")) == "OK 2")
            #expect(try client.ask("GET p new").hasPrefix("DATA 1 version=1 "))
        }
    }

    @Test func `two who each read what the other changes are not both committed`() async throws {
        try await wire { port in
            let (one, two) = (try WireClient(port), try WireClient(port))
            try one.check("SET shifts ann 2 version=0", "on", is: "OK 1")
            try one.check("SET shifts bob 2 version=0", "on", is: "OK 1")
            for (client, other, own) in [(one, "bob", "ann"), (two, "ann", "bob")] {
                try client.check("BEGIN", is: "OK")
                try client.check("CHECK shifts \(other) version=1", is: "QUEUED")
                try client.check("SET shifts \(own) 3 version=1", "off", is: "QUEUED")
            }
            try one.check("COMMIT", is: "OK 2")
            try two.check("COMMIT", is: "ERR tx 1:version 2")
            #expect(try one.ask("GET shifts bob").hasPrefix("DATA 2 version=1 "))
            try one.check("UNSET shifts bob version=1", is: "OK 2")
            for (line, reply) in [
                ("CHECK shifts bob version=2", "ERR tx 1:version 0"), ("CHECK shifts bob version=0", "OK 1"),
            ] {
                try one.check("BEGIN", is: "OK")
                try one.check(line, is: "QUEUED")
                try one.check("COMMIT", is: reply)
            }
        }
    }

    @Test func `a check belongs to a transaction`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CHECK p k version=0", fails: "tx")
            try client.check("CHECK p k version=any", fails: "bad-option")
            try client.check("BEGIN", is: "OK")
            try client.check("CHECK p k", fails: "bad-option")
            #expect(try client.ask("COMMIT").hasPrefix("ERR tx 1:bad-option "))
        }
    }

    @Test func `nothing is locked, and what others change meanwhile counts`() async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.check("BEGIN", is: "OK")
            try client.check("SET p k 1 version=0", "x", is: "QUEUED")
            try other.check("SET p k 1 version=0", "y", is: "OK 1")
            try client.check("COMMIT", is: "ERR tx 1:version 1")
            try client.check("BEGIN", is: "OK")
            try client.check("PUB a 1 id=i", "x", is: "QUEUED")
            try other.check("PUB a 1 id=i", "x", is: "OK 1 subs=0")
            try client.check("COMMIT", is: "OK 1 offsets=1 dups=1")
        }
    }

    @Test func `a settled message comes on only after the COMMIT`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=1", is: "OK created lease=30s")
            try client.publish("a", "one", "two")
            try client.checkMessage(offset: 1)
            try client.check("BEGIN", is: "OK")
            try client.check("ACK 1 1", is: "QUEUED")
            try client.checkQuiet()
            try client.check("COMMIT", is: "OK 1")
            try client.checkMessage(offset: 2)
        }
    }
}
