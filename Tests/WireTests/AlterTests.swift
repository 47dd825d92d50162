// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("ALTER and expire-after") struct AlterTests {
    @Test func `the settings that are named change, no others, and stay so`() async throws {
        let folder = try TemporaryFolder()
        let expected: [String: any Sendable] = [
            "lease": 7_000, "maxFailures": 3, "maxDeliveries": 9, "backoff": "[1000, 2000]", "onPoison": "park",
            "onExpire": "dead", "expect": 60_000, "expireAfter": 3_600_000, "order": "key",
        ]
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new order=key max-failures=3 backoff=5s", is: "OK")
            try client.check("ALTER subscription a s", is: "OK")
            try client.check(
                "ALTER subscription a s lease=7s max-deliveries=9 backoff=1s,2s on-poison=park on-expire=dead "
                    + "expect=1m expire-after=1h", is: "OK")
            let settings = try #require(try client.object("INFO subscription a s")["settings"] as? [String: Any])
            client.check(settings, has: expected)
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            var settings = try #require(try client.object("INFO subscription a s")["settings"] as? [String: Any])
            client.check(settings, has: expected)
            try client.check("ALTER subscription a s expect=none expire-after=none", is: "OK")
            settings = try #require(try client.object("INFO subscription a s")["settings"] as? [String: Any])
            #expect(settings["expect"] == nil && settings["expireAfter"] == nil, "\(settings)")
            try client.check("SUB 1 a s lease=7s max-failures=3", is: "OK lease=7s")
        }
    }

    @Test func `a changed lease and backoff hold from the next delivery on`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new lease=10s", is: "OK created lease=10s")
            try client.publish("a", "x")
            try client.checkMessage(offset: 1)
            try client.check("ALTER subscription a s lease=1m backoff=0s max-failures=2", is: "OK")
            try client.checkWhy("a 1 s", is: "leased", ["until": wireStart + 10_000])
            clock.advance(by: 10_000)
            try client.checkPush("LOST 1 1 timeout")
            try client.checkMessage(offset: 1, attempt: 2)
            try client.checkWhy("a 1 s", is: "leased", ["until": wireStart + 70_000])
            try client.check("NACK 1 2", is: "OK 1")
            try client.checkWhy("a 1 s", is: "dead", ["reason": "max-failures"])
        }
    }

    @Test func `a SUB that names other settings is a conflict that names both, unless it says alter`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new lease=7s", is: "OK")
            let refusal = try client.ask("SUB 1 a s lease=8s")
            #expect(refusal.hasPrefix("ERR conflict "), "\(refusal)")
            #expect(refusal.contains("lease") && refusal.contains("7") && refusal.contains("8"), "\(refusal)")
            try client.check("SUB 1 a s lease=8s alter", is: "OK lease=8s")
            try client.check("SUB 2 a s lease=8s", is: "OK lease=8s")
            try client.check("SUB 3 a s ephemeral alter", fails: "conflict")
            try client.check("SUB 4 a t from=new alter", is: "OK created lease=30s")
        }
    }

    @Test(arguments: [
        ("ALTER topic b max-age=1h", "unknown-topic"), ("ALTER subscription a t lease=5s", "unknown-subscription"),
        ("ALTER subscription b s lease=5s", "unknown-topic"), ("ALTER topic a retention=work", "conflict"),
        ("ALTER subscription a s ephemeral", "conflict"), ("ALTER subscription a s from=new", "bad-option"),
        ("ALTER subscription a s lease=999ms", "bad-option"), ("ALTER subscription a s lease=43200001ms", "bad-option"),
        ("ALTER subscription a s max-failures=1001", "bad-option"),
        ("ALTER subscription a s expire-after=0s", "bad-option"),
        ("ALTER subscription a s expire-after=31536000001ms", "bad-option"),
        ("ALTER subscription a s expect=31536000001ms", "bad-option"),
        ("ALTER topic a max-messages=0", "bad-option"), ("ALTER topic $sys.message.dead max-age=1h", "denied"),
        ("ALTER record a", "bad-argument"),
    ])
    func `what cannot be changed is refused`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.check("CREATE subscription $sys.message.dead s from=new", is: "OK")
            let before = try client.ask("INFO subscription a s")
            try client.check(line, fails: code)
            #expect(try client.ask("INFO subscription a s") == before)
            try client.check("ALTER subscription a s lease=1s expire-after=365d expect=1ms", is: "OK")
            try client.check("ALTER subscription a s lease=12h max-failures=1000", is: "OK")
        }
    }

    @Test func `a topic takes other limits, and none`() async throws {
        let folder = try TemporaryFolder()
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("CREATE topic a max-messages=2", is: "OK")
            try client.check("CREATE subscription a s from=new", is: "OK")
            try client.publish("a", "x", "y")
            try client.check("PUB a 1", "z", fails: "full")
            try client.check("ALTER topic a max-messages=3 dedup-window=1h max-age=1s max-bytes=1000", is: "OK")
            try client.check("INFO topic a", has: ["maxMessages": 3, "maxAge": 1_000, "maxBytes": 1_000])
            try client.check("PUB a 1", "z", is: "OK 3")
            try client.check("PUB a 1", "z", fails: "full")
        }
        try await wire(folder: folder) { port in
            let client = try WireClient(port)
            try client.check("INFO topic a", has: ["maxMessages": 3, "dedupWindow": 3_600_000])
            try client.check("ALTER topic a max-messages=none max-age=none max-bytes=none", is: "OK")
            try client.check("INFO topic a", has: ["maxMessages": 0, "maxAge": 0, "maxBytes": 0, "messages": 3])
            try client.check("PUB a 1", "z", is: "OK 4")
            try client.check("ALTER topic a unsettled=drop max-messages=1", is: "OK")
            try client.check("PUB a 1", "z", is: "OK 5")
        }
    }

    @Test func `a subscription ends by itself when nobody has served it for so long`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new expire-after=1h", is: "OK created lease=30s")
            try client.check("CREATE subscription a stays from=new", is: "OK")
            clock.advance(by: 7_200_000)
            try client.check("UNSUB 1", is: "OK")
            clock.advance(by: 3_599_999)
            try client.check("SUB 1 a s", is: "OK lease=30s")
            try client.check("UNSUB 1", is: "OK")
            clock.advance(by: 1_800_000)
            try client.check("INFO subscription a s", has: ["consumers": 0])
        }
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            clock.advance(by: 1_799_999)
            try client.check("INFO subscription a s", has: ["consumers": 0])
            // A restart may start its time anew, and no more.
            clock.advance(by: 1_800_001)
            try client.check("PING", is: "PONG")
            try client.check("INFO subscription a s", fails: "unknown-subscription")
            try client.check("INFO subscription a stays", has: ["consumers": 0])
        }
    }
}
