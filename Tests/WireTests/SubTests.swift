// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("SUB") struct SubTests {
    @Test func `a new subscription is created, a known one is joined`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            try second.check("SUB 1 a s from=earliest", is: "OK lease=30s")
            try second.check("SUB 2 a s", is: "OK lease=30s")
        }
    }

    @Test func `a new subscription needs a start and then nothing is made`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("PUB a 1", "x", is: "OK 1 subs=0")
            try client.check("SUB 1 a s", fails: "start-required")
            try client.check("ACK 1 1", fails: "unknown-consumer")
            try client.check("INFO subscription a s", fails: "unknown-subscription")
        }
    }

    @Test(arguments: ["SUB 1 a s", "CREATE subscription a s"])
    func `a subscription that is refused for want of a start makes no topic`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, fails: "start-required")
            try client.check("INFO topic a", fails: "unknown-topic")
        }
    }

    @Test func `earliest, new, an offset and a time are places to start`() async throws {
        let clock = ManualClock(wall: 5_000)
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            for body in ["one", "two", "three"] {
                try client.publish("a", body)
                clock.advance(by: 1_000)
            }
            try client.check("SUB 1 a earliest from=earliest", is: "OK created lease=30s")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("SUB 2 a new from=new", is: "OK created lease=30s")
            try client.checkQuiet()
            try client.check("SUB 3 a offset from=offset:2", is: "OK created lease=30s")
            for offset in 2...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("SUB 4 a exact from=time:6000", is: "OK created lease=30s")
            for offset in 2...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("SUB 5 a between from=time:6001", is: "OK created lease=30s")
            try client.checkMessage(offset: 3)
            try client.check("SUB 6 a later from=time:7001", is: "OK created lease=30s")
            try client.check("SUB 7 a first from=offset:1", is: "OK created lease=30s")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.checkQuiet()
            try client.publish("a", "four")
            var consumers: [UInt64?] = []
            for _ in 1...7 { consumers.append(try client.checkMessage(offset: 4, body: "four").consumer) }
            #expect(Set(consumers) == [1, 2, 3, 4, 5, 6, 7])
        }
    }

    @Test func `a start behind the end waits for its offset`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=offset:3", is: "OK created lease=30s")
            try client.publish("a", "one", "two", "three")
            try client.checkMessage(offset: 3, body: "three")
            try client.checkQuiet()
        }
    }

    @Test func `a start counts only for a new subscription`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.publish("a", "one")
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("SUB 1 a s from=earliest", is: "OK lease=30s")
            try client.checkQuiet()
        }
    }

    @Test func `tags count up by one for each delivery of a consumer`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("SUB 2 a t from=new", is: "OK created lease=30s")
            try client.publish("a", "one", "two", "three")
            var tags: [UInt64: [UInt64]] = [:]
            for _ in 0..<6 {
                let message = try client.message()
                tags[try #require(message.consumer), default: []].append(try #require(message.tag))
            }
            #expect(tags == [1: [1, 2, 3], 2: [1, 2, 3]])
        }
    }

    @Test func `two subscriptions see every message each`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try second.check("SUB 1 a t from=new", is: "OK created lease=30s")
            let publisher = try WireClient(port)
            try publisher.publish("a", "one", "two")
            for client in [first, second] {
                try client.checkMessage(offset: 1, body: "one")
                try client.checkMessage(offset: 2, body: "two")
            }
            try first.check("ACK 1 1-2", is: "OK 2")
            #expect(try publisher.object("INFO subscription a s")["backlog"] as? Int == 0)
            #expect(try publisher.object("INFO subscription a t")["backlog"] as? Int == 2)
        }
    }

    @Test func `consumers share, and the one with most free window comes first`() async throws {
        try await wire { port in
            let (small, large) = (try WireClient(port), try WireClient(port))
            try small.check("SUB 1 a s from=new window=2", is: "OK created lease=30s")
            try large.check("SUB 1 a s window=4", is: "OK lease=30s")
            let publisher = try WireClient(port)
            try publisher.publish("a", "1", "2")
            for offset in 1...2 { try large.checkMessage(offset: UInt64(offset)) }
            try small.checkQuiet()
            try publisher.publish("a", "3", "4", "5", "6", "7")
            // Of two with the same free window the one that has been idle longest is next.
            try small.checkMessage(offset: 3)
            try large.checkMessage(offset: 4)
            try small.checkMessage(offset: 5)
            try large.checkMessage(offset: 6)
            try small.checkQuiet()
            try large.checkQuiet()
            try small.check("ACK 1 1", is: "OK 1")
            try small.checkMessage(offset: 7)
        }
    }

    @Test func `the window is never exceeded`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=3", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3", "4", "5")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.checkQuiet()
            try client.check("ACK 1 2", is: "OK 1")
            try client.checkMessage(offset: 4)
            try client.checkQuiet()
        }
    }

    @Test func `the window is 16 for a consumer that names none`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=earliest", is: "OK created lease=30s")
            for _ in 0..<17 { try client.say("PUB a 1", "x") }
            for offset in 1...17 { #expect(try client.reply().line == "OK \(offset)") }
            for offset in 1...16 { try client.checkMessage(offset: UInt64(offset)) }
            try client.checkQuiet()
        }
    }

    @Test(arguments: [
        "SUB 1 a s from=new window=10000", "SUB 1 a s from=new window=0", "SUB 9223372036854775807 a s from=new",
        "SUB 0 a s from=new", "SUB 1 a s from=new lease=1s", "SUB 1 a s from=new lease=12h",
        "SUB 1 a s from=new max-failures=1000", "SUB 1 a s from=new backoff=5s,30s,0ms order=none",
        "SUB 1 a s from=new backoff=" + Array(repeating: "1s", count: 32).joined(separator: ","),
        "SUB 1 a " + String(repeating: "s", count: 100) + " from=new", "SUB 1 a s from=new max-deliveries=1000000",
    ])
    func `settings within their limits are taken`(line: String) async throws {
        let lease = line.firstMatch(of: /lease=(\w+)/).map { String($0.1) } ?? "30s"
        try await wire { port in try WireClient(port).check(line, is: "OK created lease=\(lease)") }
    }

    @Test(arguments: [
        ("SUB 1 a s from=new window=10001", "bad-option"), ("SUB 1 a s from=new lease=999ms", "bad-option"),
        ("SUB 1 a s from=new lease=43201s", "bad-option"), ("SUB 1 a s from=new lease=30", "bad-option"),
        ("SUB 1 a s from=new max-failures=0", "bad-option"), ("SUB 1 a s from=new max-failures=1001", "bad-option"),
        ("SUB 1 a s from=new backoff=", "bad-option"), ("SUB 1 a s from=new backoff=1s,", "bad-option"),
        ("SUB 1 a s from=new backoff=" + Array(repeating: "1s", count: 33).joined(separator: ","), "bad-option"),
        ("SUB 1 a s from=offset:0", "bad-option"), ("SUB 1 a s from=yesterday", "bad-option"),
        ("SUB 1 a s from=time:", "bad-option"), ("SUB 1 a s from=new order=fifo", "bad-option"),
        ("SUB 1 a s from=new order=", "bad-option"), ("SUB 1 a s from=new grace=301s", "bad-option"),
        ("SUB 1 a s from=new where=a", "bad-option"), ("SUB 1 a s from=new key-prefix=", "bad-option"),
        ("SUB 1 a s from=new ephemeral=1", "bad-option"), ("SUB 1 a s from=new from=new", "bad-option"),
        ("SUB 9223372036854775808 a s from=new", "bad-argument"), ("SUB x a s from=new", "bad-argument"),
        ("SUB 1 a", "bad-argument"), ("SUB", "bad-argument"), ("SUB 1 a! s from=new", "bad-name"),
        ("SUB 1 a $s from=new", "bad-name"), ("SUB 1 $mine s from=new", "unknown-topic"),
        ("SUB 1 a " + String(repeating: "s", count: 101) + " from=new", "bad-name"),
        ("SUB 1 a s.t from=new", "bad-name"), ("SUB 1 a s from=new max-deliveries=0", "bad-option"),
        ("SUB 1 a s from=new max-deliveries=1000001", "bad-option"),
    ])
    func `settings past their limits are refused`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, fails: code)
            #expect(try client.objects("INFO consumers").isEmpty)
        }
    }

    @Test func `a number names one consumer of a connection`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("SUB 1 a s", fails: "conflict")
            try client.check("SUB 1 b t from=new", fails: "conflict")
            try WireClient(port).check("SUB 1 a s", is: "OK lease=30s")
        }
    }

    @Test func `what is said of a known subscription has to be true`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new lease=10s max-failures=3 backoff=1s,2s", is: "OK")
            try client.check("SUB 1 a s lease=11s", fails: "conflict")
            try client.check("SUB 1 a s max-failures=4", fails: "conflict")
            try client.check("SUB 1 a s backoff=1s", fails: "conflict")
            try client.check("SUB 1 a s ephemeral", fails: "conflict")
            try client.check("SUB 1 a s lease=10000ms max-failures=3 backoff=1s,2s", is: "OK lease=10s")
        }
    }

    @Test func `a topic takes 1,000 subscriptions and not one more`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            for number in 1...1_000 { try client.say("CREATE subscription a s\(number) from=new") }
            for _ in 1...1_000 { #expect(try client.reply().line == "OK") }
            try client.check("SUB 1 a s1001 from=new", fails: "limit")
            try client.check("SUB 1 a s1000", is: "OK lease=30s")
        }
    }

    @Test func `a topic is not made by a subscribe where the configuration says so`() async throws {
        try await wire(settings { $0.autoCreateTopics = false }) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", fails: "unknown-topic")
            try client.check("CREATE topic a", is: "OK")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
        }
    }

    @Test func `an ephemeral subscription goes 5 minutes after its last consumer`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.check("SUB 1 a s from=new ephemeral", is: "OK created lease=30s")
            clock.advance(by: 600_000)
            try client.check("PING", is: "PONG")
            client.disconnect()
            try other.wait("INFO", until: "connections", is: 1)
            clock.advance(by: 299_999)
            #expect(try other.object("INFO subscription a s")["consumers"] as? Int == 0)
            try other.check("SUB 1 a s", is: "OK lease=30s")
            try other.check("UNSUB 1", is: "OK")
            clock.advance(by: 299_999)
            try other.check("PING", is: "PONG")
            #expect(try other.object("INFO subscription a s")["consumers"] as? Int == 0)
            clock.advance(by: 1)
            try other.check("INFO subscription a s", fails: "unknown-subscription")
        }
    }
}
