// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

@Suite("Stop and restart") struct RestartTests {
    @Test func `a broker that stops says so and closes`() async throws {
        let clients = try await wire { port in
            let clients = [try WireClient(port), try WireClient(port)]
            for client in clients { try client.check("PING", is: "PONG") }
            return clients
        }
        for client in clients { try client.checkEnd(["BYE reason=shutdown"]) }
    }

    @Test func `what is confirmed on the way down is there afterwards, and nothing else`() async throws {
        let folder = try TemporaryFolder()
        let client = try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.send(String(repeating: "PUB a 1\r\nx\r\n", count: 3_000))
            #expect(try client.reply().line == "OK 1 subs=0")
            return client
        }
        let rest = try client.rest()
        let confirmed = 1 + rest.count { $0.hasPrefix("OK ") }
        #expect(rest.contains("BYE reason=shutdown"), "\(rest.suffix(3))")
        try await wire(folder: folder) { port in
            let topic = try WireClient(port).object("INFO topic a")
            #expect(topic["messages"] as? Int == confirmed)
        }
    }

    @Test func `topics, subscriptions and their settings stay`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=1000 max-age=1h", is: "OK")
            try client.check("CREATE subscription a s from=earliest lease=7s max-failures=9 backoff=1s", is: "OK")
            try client.check("CREATE topic gone", is: "OK")
            try client.check("CREATE subscription a gone from=new", is: "OK")
            try client.check("DELETE topic gone", is: "OK")
            try client.check("DELETE subscription a gone", is: "OK")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            #expect(try client.objects("INFO topics").map { $0["name"] as? String } == ["a"])
            let topic = try client.object("INFO topic a")
            #expect(topic["maxMessages"] as? Int == 1_000)
            #expect(topic["maxAge"] as? Int == 3_600_000)
            #expect(topic["subscriptions"] as? [String] == ["s"])
            try client.check("SUB 1 a s lease=7s max-failures=9 backoff=1s", is: "OK lease=7s")
        }
    }

    @Test func `backlog, acks and holes stay, and what was held comes again`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=5", is: "OK created lease=30s")
            for number in 1...8 { try client.check("PUB a 2 id=i\(number)", "m\(number)", is: "OK \(number)") }
            for offset in 1...5 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("WINDOW 1 0", is: "OK")
            try client.check("ACK 1 1,3-4", is: "OK 3")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            #expect(try client.object("INFO subscription a s")["backlog"] as? Int == 5)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            for offset in [2, 5, 6, 7, 8] {
                let message = try client.checkMessage(offset: UInt64(offset), body: "m\(offset)")
                #expect(message.option("id") == "i\(offset)")
            }
            try client.checkQuiet()
            try client.check("PUB a 1", "x", is: "OK 9")
        }
    }

    @Test func `deferred messages, their delays and their failures stay`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=2", is: "OK created lease=30s")
            try client.publish("a", "one", "two", "three")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("NACK 1 1 delay=1m code=e1 note=n1", is: "OK 1")
            try client.check("RELEASE 1 2 delay=1h", is: "OK 1")
            try client.check("ACK 1 3", is: "OK 1")
        }
        clock.advance(by: 30_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.publish("a", "four")
            try client.checkMessage(offset: 4)
            try client.check("ACK 1 1", is: "OK 1")
            #expect(try client.object("INFO subscription a s")["deferred"] as? Int == 2)
            clock.advance(by: 29_999)
            try client.checkQuiet()
            clock.advance(by: 1)
            try client.check("PING", is: "PONG")
            try client.checkMessage(offset: 1, attempt: 2, body: "one")
            try client.check("NACK 1 2", is: "OK 1")
            let letter = try #require(try client.objects("PEEK $dead.a.s 1").first)
            let headers = try #require(letter["headers"] as? [String: String])
            #expect(headers["Martlet-Dead-Failures"] == "2")
            #expect(headers["Martlet-Dead-Deliveries"] == "2")
            #expect(headers["Martlet-Dead-Note"] == "n1")
            #expect(headers["Martlet-Dead-Attempts"]?.contains(#""code":"e1""#) == true)
            clock.advance(by: 3_600_000)
            try client.check("PING", is: "PONG")
            try client.checkMessage(offset: 2, attempt: 2, body: "two")
        }
    }

    @Test func `what became due while the broker was down comes at once, in order, before newer messages`() async throws
    {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one", "two", "three")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("NACK 1 2 delay=1m", is: "OK 1")
            try client.check("NACK 1 1 delay=2m", is: "OK 1")
            try client.check("ACK 1 3", is: "OK 1")
            try client.check("WINDOW 1 0", is: "OK")
            try client.publish("a", "four")
        }
        clock.advance(by: 600_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkMessage(offset: 1, attempt: 2)
            try client.checkMessage(offset: 2, attempt: 2)
            try client.checkMessage(offset: 4)
            try client.checkQuiet()
        }
    }

    @Test func `an ephemeral subscription goes 5 minutes after a restart`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            try WireClient(port).check("SUB 1 a s from=new ephemeral", is: "OK created lease=30s")
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            clock.advance(by: 299_999)
            #expect(try client.object("INFO subscription a s")["consumers"] as? Int == 0)
            clock.advance(by: 1)
            try client.check("INFO subscription a s", fails: "unknown-subscription")
        }
    }

    @Test func `purged and dead messages stay where they are`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one", "two", "three")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("PURGE a before=3", is: "OK")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            #expect(try client.object("INFO topic a")["first"] as? Int == 3)
            #expect(try client.object("INFO subscription a s")["dead"] as? Int == 1)
            #expect(try client.objects("PEEK $dead.a.s 1 limit=9").map { $0["body"] as? String } == ["one"])
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.checkMessage(offset: 3)
            try client.checkQuiet()
        }
    }

    @Test func `a second broker on the same folder is refused`() async throws {
        let folder = try TemporaryFolder()
        try await TestBroker.run(folder: folder) { _ in
            _ = await #expect(throws: ServerError.self) {
                try await TestBroker.run(folder: folder) { _ in }
            }
        }
    }

    @Test func `a broker that has no time to say goodbye stops nevertheless, and keeps what it confirmed`() async throws
    {
        let folder = try TemporaryFolder()
        for round in 1...10 {
            try await wire(settings { $0.shutdownGrace = 0 }, folder: folder) { port in
                let client = try WireClient(port)
                try client.send(String(repeating: "PUB a 1\r\nx\r\n", count: 2_000))
                #expect(try client.reply().line.hasPrefix("OK "))
                #expect(try client.reply().line.hasPrefix("OK "), "round \(round)")
            }
        }
        let messages = try await wire(folder: folder) { try WireClient($0).object("INFO topic a")["messages"] as? Int }
        #expect(try #require(messages) >= 20)
    }
}
