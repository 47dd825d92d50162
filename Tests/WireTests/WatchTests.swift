// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

/// What goes on for too long, and what runs out, is told on `$sys` topics.
@Suite("The watch") struct WatchTests {
    private static let mebibyte = 1 << 20

    /// Lets the broker look around once.
    private func look(_ client: WireClient, _ clock: ManualClock) throws {
        clock.advance(by: 10_000)
        try client.check("PING", is: "PONG")
    }

    /// What it has said about its storage: high, full, room.
    private func told(_ client: WireClient) throws -> [Int] {
        try ["high", "full", "room"].map { try client.events("storage.\($0)").count }
    }

    /// How many percent of the map are used.
    private func used(_ client: WireClient) throws -> Int {
        let storage = try #require(try client.object("INFO")["storage"] as? [String: Any])
        let (used, size) = (storage["usedBytes"] as? Int, storage["mapBytes"] as? Int)
        return try #require(used) * 100 / (try #require(size))
    }

    @Test func `storage is told when it is high, when it is full, and when there is room again, once each`()
        async throws
    {
        let clock = ManualClock()
        let small = settings {
            $0.mapSize = 64 * Self.mebibyte
            $0.reservePercent = 5
            $0.reserveMinimum = 4 * Self.mebibyte
        }
        try await wire(small, clock: clock) { port in
            let client = try WireClient(port)
            let body = String(repeating: "b", count: Self.mebibyte)
            while try used(client) < 75 { try client.publish("a", body) }
            for _ in 1...2 { try look(client, clock) }
            #expect(try told(client) == [0, 0, 0])
            while try used(client) < 80 { try client.publish("a", body) }
            for _ in 1...2 { try look(client, clock) }
            #expect(try told(client) == [1, 0, 0])
            while try client.ask("PUB a \(body.utf8.count)", body).hasPrefix("OK ") {}
            let small = String(repeating: "s", count: 10_000)
            while try client.ask("PUB a \(small.utf8.count)", small).hasPrefix("OK ") {}
            try client.check("PUB a \(small.utf8.count)", small, fails: "full")
            for _ in 1...2 { try look(client, clock) }
            #expect(try told(client) == [1, 1, 0])
            try client.check("PURGE a", is: "OK")
            for _ in 1...4 { try look(client, clock) }
            #expect(try told(client) == [1, 1, 1])
            try client.publish("a", "x")
            let full = try #require(try client.events("storage.full").first)
            #expect((full["note"] as? String)?.contains(" of 64 MiB used") == true, "\(full)")
            #expect(full["severity"] as? String == "error")
        }
    }

    @Test func `a consumer is slow whose socket takes nothing for 10 s, told once`() async throws {
        let clock = ManualClock()
        let small = settings { $0.maxOutboundBytes = 64 << 10 }
        try await wire(small, clock: clock) { port in
            let client = try WireClient(port)
            let body = String(repeating: "b", count: 60_000)
            for _ in 1...200 { try client.publish("a", body) }
            let silent = try WireClient(port, receiveBuffer: 65_536)
            try silent.check("SUB 7 a s from=earliest window=10000", is: "OK created lease=30s")
            clock.advance(by: 9_999)
            try client.check("PING", is: "PONG")
            #expect(try client.events("consumer.slow").isEmpty)
            for _ in 1...2 { try look(client, clock) }
            let slow = try client.events("consumer.slow")
            try #require(slow.count == 1)
            client.check(
                slow[0],
                has: [
                    "topic": "a", "subscription": "s", "consumer": "test/7", "severity": "warning",
                    "reason": "its socket took nothing for 10 s",
                ])
            // Nothing is lost by that.
            for offset in 1...UInt64(200) { try silent.checkMessage(offset: offset) }
        }
    }
}
