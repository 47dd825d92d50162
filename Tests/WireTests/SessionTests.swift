// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Sessions and grace") struct SessionTests {
    /// Says hello, with a session to resume, and gives the one that it got.
    private func connect(_ port: Int, session: String? = nil) throws -> (client: WireClient, session: String) {
        let client = try WireClient(port, hello: nil)
        try client.say("HELLO 1 client=c heartbeat=0" + (session.map { " session=\($0)" } ?? ""))
        let reply = try client.reply()
        #expect(reply.line.hasPrefix("OK 1 martlet/"))
        return (client, try #require(reply.option("session")))
    }

    /// A connection whose consumer 1 of a/s holds some messages.
    private func holder(
        _ port: Int, _ options: String = "grace=30s", messages: Int = 2
    ) throws -> (client: WireClient, session: String) {
        let (client, session) = try connect(port)
        try client.check("SUB 1 a s from=new lease=1h \(options)", is: "OK created lease=1h")
        for number in 1...messages {
            try client.publish("a", "m\(number)")
            try client.checkMessage(offset: UInt64(number))
        }
        return (client, session)
    }

    /// Breaks a connection, and waits until the broker has noticed.
    private func drop(_ client: WireClient, noticedBy other: WireClient) throws {
        let before = try #require(try other.object("INFO")["connections"] as? Int)
        client.disconnect()
        try other.wait("INFO", until: "connections", is: before - 1)
    }

    @Test func `leases outlive their connection, and are settled on the next`() async throws {
        try await wire(clock: ManualClock()) { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port, messages: 3)
            try client.check("ACK 1 2", is: "OK 1")
            try drop(client, noticedBy: other)
            #expect(try other.object("INFO subscription a s")["inFlight"] as? Int == 2)
            #expect(try other.object("INFO subscription a s")["consumers"] as? Int == 1)
            let (again, same) = try connect(port, session: session)
            #expect(same == session)
            try again.check("ACK 1 1", fails: "unknown-consumer")
            try again.check("SUB 1 a s grace=30s", is: "OK resumed=1,3 lease=1h")
            try again.check("ACK 1 1-2", is: "OK 2")
            try again.check("TOUCH 1 3", is: "OK 1 until=1790003600000")
            try again.publish("a", "m4")
            #expect(try again.checkMessage(offset: 4).tag == 4)
            try again.check("RELEASE 1 3", is: "OK 1")
            #expect(try again.checkMessage(offset: 3, attempt: 2).tag == 5)
        }
    }

    @Test func `what is kept is not delivered to others, and what is new is`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let other = try WireClient(port)
            let (client, _) = try holder(port)
            try drop(client, noticedBy: other)
            try other.check("SUB 1 a s window=100", is: "OK lease=1h")
            try other.checkQuiet()
            try other.publish("a", "m3", "m4")
            try other.checkMessage(offset: 3)
            try other.checkMessage(offset: 4)
            clock.advance(by: 29_999)
            try other.checkQuiet()
            clock.advance(by: 1)
            try other.check("PING", is: "PONG")
            try other.checkMessage(offset: 1, attempt: 2)
            try other.checkMessage(offset: 2, attempt: 2)
        }
    }

    @Test func `what was touched has failed when the grace ends`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let other = try WireClient(port)
            let (client, _) = try holder(port, "grace=30s max-failures=1")
            #expect(try client.ask("TOUCH 1 1").hasPrefix("OK 1 "))
            try drop(client, noticedBy: other)
            try other.check("SUB 1 a s", is: "OK lease=1h")
            clock.advance(by: 29_999)
            try other.checkQuiet()
            #expect(try other.object("INFO subscription a s")["dead"] as? Int == 0)
            clock.advance(by: 1)
            try other.check("PING", is: "PONG")
            try other.checkMessage(offset: 2, attempt: 2)
            try other.checkQuiet()
            #expect(try other.object("INFO subscription a s")["dead"] as? Int == 1)
        }
    }

    @Test func `a session that is too late is another one`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try drop(client, noticedBy: other)
            clock.advance(by: 30_000)
            let (again, name) = try connect(port, session: session)
            #expect(name != session)
            try again.check("SUB 1 a s", is: "OK lease=1h")
            #expect(try again.checkMessage(offset: 1, attempt: 2).tag == 1)
            try again.checkMessage(offset: 2, attempt: 2)
        }
    }

    @Test func `a connection that is still open gives way to the next of its session`() async throws {
        try await wire { port in
            let (client, session) = try holder(port)
            let (again, same) = try connect(port, session: session)
            #expect(same == session)
            try client.checkEnd(["BYE reason=replaced"])
            try again.check("SUB 1 a s", is: "OK resumed=1-2 lease=1h")
            try again.check("ACK 1 1-2", is: "OK 2")
            #expect(try again.object("INFO")["connections"] as? Int == 1)
        }
    }

    @Test func `a transaction of the connection that gives way is aborted`() async throws {
        try await wire { port in
            let (client, session) = try holder(port)
            try client.check("BEGIN id=t", is: "OK")
            try client.check("ACK 1 1", is: "QUEUED")
            let (again, _) = try connect(port, session: session)
            try client.checkEnd(["BYE reason=replaced"])
            try again.check("OUTCOME t", is: "OK aborted")
            try again.check("SUB 1 a s", is: "OK resumed=1-2 lease=1h")
        }
    }

    @Test func `a session that nobody knows is a new one`() async throws {
        try await wire { port in
            let (client, session) = try holder(port)
            let (stranger, name) = try connect(port, session: session + "x")
            #expect(name != session && name != session + "x" && !name.isEmpty)
            try stranger.check("SUB 1 a s", is: "OK lease=1h")
            try stranger.checkQuiet()
            try client.check("ACK 1 1-2", is: "OK 2")
        }
    }

    @Test(arguments: ["window=16", "grace=0s"])
    func `a session without grace is not kept, nor is its connection closed`(options: String) async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port, options)
            let (second, name) = try connect(port, session: session)
            #expect(name != session)
            try client.check("ACK 1 1", is: "OK 1")
            try drop(client, noticedBy: other)
            try second.check("SUB 1 a s", is: "OK lease=1h")
            try second.checkMessage(offset: 2, attempt: 2)
        }
    }

    @Test func `commands may follow the hello in the same packet`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try drop(client, noticedBy: other)
            let again = try WireClient(port, hello: nil)
            try again.send("HELLO 1 session=\(session)\r\nSUB 1 a s\r\nACK 1 1\r\nPING\r\n")
            #expect(try again.reply().option("session") == session)
            #expect(try again.reply().line == "OK resumed=1-2 lease=1h")
            #expect(try again.reply().line == "OK 1")
            #expect(try again.reply().line == "PONG")
        }
    }

    @Test func `a SUB for another subscription gives up what was kept under its number`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try other.check("SUB 1 a s window=100", is: "OK lease=1h")
            try drop(client, noticedBy: other)
            try other.checkQuiet()
            let (again, _) = try connect(port, session: session)
            try again.check("SUB 1 a t from=new", is: "OK created lease=30s")
            try other.checkMessage(offset: 1, attempt: 2)
            try other.checkMessage(offset: 2, attempt: 2)
            try again.check("ACK 1 1", is: "OK 0 lost=1")
        }
    }

    @Test func `a SUB under another number leaves what was kept where it is`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try drop(client, noticedBy: other)
            let (again, _) = try connect(port, session: session)
            try again.check("SUB 2 a s", is: "OK lease=1h")
            try again.checkQuiet()
            try again.check("SUB 1 a s", is: "OK resumed=1-2 lease=1h")
        }
    }

    @Test func `a lease that runs out meanwhile is lost`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let other = try WireClient(port)
            let (client, session) = try connect(port)
            try client.check("SUB 1 a s from=new lease=10s backoff=1h grace=5m", is: "OK created lease=10s")
            try client.publish("a", "one")
            try client.checkMessage(offset: 1)
            clock.advance(by: 5_000)
            try client.publish("a", "two")
            try client.checkMessage(offset: 2)
            try drop(client, noticedBy: other)
            clock.advance(by: 5_000)
            #expect(try other.object("INFO subscription a s")["deferred"] as? Int == 1)
            let (again, _) = try connect(port, session: session)
            try again.check("SUB 1 a s grace=5m", is: "OK resumed=2 lease=10s")
            try again.check("ACK 1 1-2", is: "OK 1 lost=1")
        }
    }

    @Test func `a consumer comes back although it holds nothing`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try client.check("ACK 1 1-2", is: "OK 2")
            try drop(client, noticedBy: other)
            try other.publish("a", "m3")
            let (again, _) = try connect(port, session: session)
            try again.check("SUB 1 a s", is: "OK resumed lease=1h")
            #expect(try again.checkMessage(offset: 3).tag == 3)
            try again.check("ACK 1 1", is: "OK 1")
        }
    }

    @Test func `of several consumers those stay that asked for it`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try client.check("SUB 2 a t from=earliest", is: "OK created lease=30s")
            for offset in 1...2 { #expect(try client.checkMessage(offset: UInt64(offset)).consumer == 2) }
            try drop(client, noticedBy: other)
            #expect(try other.object("INFO subscription a s")["inFlight"] as? Int == 2)
            #expect(try other.object("INFO subscription a t")["inFlight"] as? Int == 0)
            let (again, _) = try connect(port, session: session)
            try again.check("SUB 2 a t", is: "OK lease=30s")
            #expect(try again.checkMessage(offset: 1, attempt: 2).tag == 3)
            try again.checkMessage(offset: 2, attempt: 2)
            try again.check("SUB 1 a s", is: "OK resumed=1-2 lease=1h")
        }
    }

    @Test func `a consumer comes back again and again`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let other = try WireClient(port)
            var (client, session) = try holder(port, messages: 1)
            for round in 2...4 {
                try drop(client, noticedBy: other)
                // The grace counts from the end of the last connection.
                clock.advance(by: 29_999)
                let (again, same) = try connect(port, session: session)
                #expect(same == session)
                try again.check("SUB 1 a s grace=30s", is: "OK resumed=1\(round > 2 ? "-\(round - 1)" : "") lease=1h")
                try again.publish("a", "m\(round)")
                #expect(try again.checkMessage(offset: UInt64(round)).tag == UInt64(round))
                (client, session) = (again, same)
            }
            try client.check("ACK 1 1-4", is: "OK 4")
        }
    }

    @Test func `a connection that ends before its SUB leaves the rest of the grace`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try drop(client, noticedBy: other)
            clock.advance(by: 20_000)
            try drop(try connect(port, session: session).client, noticedBy: other)
            try other.check("SUB 1 a s", is: "OK lease=1h")
            clock.advance(by: 9_999)
            try other.checkQuiet()
            let (third, same) = try connect(port, session: session)
            #expect(same == session)
            clock.advance(by: 1)
            try other.check("PING", is: "PONG")
            try other.checkMessage(offset: 1, attempt: 2)
            try third.check("SUB 1 a s", is: "OK lease=1h")
        }
    }

    @Test func `a consumer that comes back without grace has none`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try drop(client, noticedBy: other)
            let (again, _) = try connect(port, session: session)
            try again.check("SUB 1 a s", is: "OK resumed=1-2 lease=1h")
            try other.check("SUB 1 a s", is: "OK lease=1h")
            try drop(again, noticedBy: other)
            try other.checkMessage(offset: 1, attempt: 2)
            try other.checkMessage(offset: 2, attempt: 2)
        }
    }

    @Test(arguments: ["UNSUB 1", "BYE", "PUB a x"])
    func `who says goodbye keeps nothing`(line: String) async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try other.check("SUB 1 a s window=100", is: "OK lease=1h")
            try client.say(line)
            _ = try client.reply()
            try other.checkMessage(offset: 1, attempt: 2)
            try other.checkMessage(offset: 2, attempt: 2)
            if line != "UNSUB 1" { try other.wait("INFO", until: "connections", is: 1) }
            let (_, name) = try connect(port, session: session)
            #expect(name != session)
        }
    }

    @Test func `a subscription that is deleted meanwhile does not come back`() async throws {
        try await wire { port in
            let other = try WireClient(port)
            let (client, session) = try holder(port)
            try drop(client, noticedBy: other)
            try other.check("DELETE subscription a s", is: "OK")
            let (again, name) = try connect(port, session: session)
            #expect(name == session)
            try again.checkPush("LOST 1 1-2 deleted")
            try again.checkPush("GONE 1 deleted")
            try again.check("SUB 1 a s", fails: "start-required")
        }
    }

    @Test func `sessions do not outlive the broker, and messages do`() async throws {
        let folder = try TemporaryFolder()
        let session = try await wire(folder: folder) { port in try holder(port).session }
        try await wire(folder: folder) { port in
            let (client, name) = try connect(port, session: session)
            #expect(name != session)
            try client.check("SUB 1 a s", is: "OK lease=1h")
            #expect(try client.checkMessage(offset: 1).tag == 1)
        }
    }
}
