// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("Retention") struct RetentionTests {
    /// Lets limits be applied, which takes seconds.
    private func pass(_ clock: ManualClock, _ client: WireClient) throws {
        for _ in 1...10 {
            clock.advance(by: 10_000)
            try client.check("PING", is: "PONG")
        }
    }

    @Test func `no limit drops what a durable subscription has not settled`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-age=1m max-messages=1", is: "OK")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "1")
            try client.checkMessages([1])
            let refusal = try client.ask("PUB a 1", "4")
            #expect(refusal.hasPrefix("ERR full "), "\(refusal)")
            try client.check("PARK 1 1", is: "OK 1")
            try client.check("PUB a 1", "4", fails: "full")
            for _ in 1...10 { try pass(clock, client) }
            try client.check("INFO topic a", has: ["first": 1, "messages": 1])
            try client.checkWhy("a 1 s", is: "parked")
            try client.check("INFO subscription a s", has: ["lost": 0, "backlog": 1])
        }
        clock.advance(by: 86_400_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try pass(clock, client)
            try client.checkWhy("a 1 s", is: "parked")
            try client.check("RESOLVE a s 1 ack", is: "OK")
            try pass(clock, client)
            try client.check("INFO topic a", has: ["messages": 0])
            try client.check("PUB a 1", "4", is: "OK 2")
            try client.checkWhy("a 1 s", is: "handled")
            #expect(try client.events("message.lost").isEmpty)
        }
    }

    @Test func `without a durable subscription the oldest go, and an ephemeral one holds nothing`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=2", is: "OK")
            try client.check("SUB 1 a s from=new ephemeral window=0", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3")
            try pass(clock, client)
            try client.check("INFO topic a", has: ["first": 2, "messages": 2])
            try client.checkWhy("a 1 s", is: "lost-to-retention")
            try client.check("INFO subscription a s", has: ["lost": 1, "backlog": 2])
        }
    }

    @Test func `with interest a message goes when all durable subscriptions have settled it`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a retention=interest", is: "OK")
            for name in ["s", "t"] { try client.check("CREATE subscription a \(name) from=new", is: "OK") }
            try client.check("CREATE subscription a picky from=new key-prefix=k", is: "OK")
            try client.publish("a", "1", "2")
            for (number, name) in ["s", "t"].enumerated() {
                try client.check("SUB \(number) a \(name)", is: "OK lease=30s")
                try client.checkMessages([1, 2])
                try client.check("INFO topic a", has: ["messages": 2])
                try client.check("ACK \(number) 1-2", is: "OK 2")
            }
            try pass(clock, client)
            try client.wait("INFO topic a", until: "messages", is: 0)
        }
    }

    @Test(arguments: ["interest", "work"])
    func `unsettled=drop goes with limits only`(retention: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a retention=\(retention) unsettled=drop", fails: "bad-option")
            try client.check("CREATE topic a retention=\(retention) unsettled=keep", is: "OK")
            try client.check("ALTER topic a unsettled=drop", fails: "bad-option")
        }
    }

    @Test func `a dead letter survives its message in the log`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=1", is: "OK")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "1")
            try client.checkMessage(offset: 1)
            try client.check("REJECT 1 1", is: "OK 1")
            try client.publish("a", "2")
            try client.checkMessage(offset: 2)
            try client.check("INFO subscription a s", has: ["dead": 1, "lost": 0])
            try pass(clock, client)
            #expect(try client.objects("PEEK $dead.a.s 1").count == 1)
            try client.check("REDRIVE a s dry-run", is: "OK 1")
        }
    }
}
