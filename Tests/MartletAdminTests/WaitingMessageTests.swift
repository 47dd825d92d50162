// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What is listed of messages that came back, and of dead letters.
struct WaitingMessageTests {
    private static let place = "/api/v1/topics/orders/subscriptions/billing"

    @Test func `messages that wait for their next attempt are listed part by part`() async throws {
        try await AdminBed.run { bed in
            let publishes = (1...6).map { "PUB orders 1 id=o-\($0)\n\($0)\n" }.joined()
            try await Wire.talk(
                bed.brokerPort,
                [
                    ("HELLO 1\nSUB 1 orders billing from=earliest backoff=1h\nPING\n", "PONG"), (publishes, "MSG 1 6"),
                    ("ACK 1 1\nNACK 1 2 code=late note=gone\nNACK 1 4\nPARK 1 5\nNACK 1 6\nPING\n", "PONG"),
                ])
            let whole = try await bed.get(Self.place + "/deferred")
            #expect(whole.status == 200)
            #expect(whole.json?["messages"]?.list?.compactMap { $0["offset"]?.number } == [2, 4, 6])
            #expect(whole.json?["messages"]?[0]?["evidence"]?["code"]?.string == "late")
            #expect(whole.json?["next"] == nil)
            let first = try await bed.get(Self.place + "/deferred?limit=2")
            #expect(first.json?["messages"]?.list?.compactMap { $0["offset"]?.number } == [2, 4])
            #expect(first.json?["next"]?.number == 4)
            let rest = try await bed.get(Self.place + "/deferred?limit=2&after=4")
            #expect(rest.json?["messages"]?.list?.compactMap { $0["offset"]?.number } == [6])
            #expect(try await bed.get(Self.place + "/deferred?limit=0").code == "bad-option")
            #expect(try await bed.get("/api/v1/topics/orders/subscriptions/no/deferred").code == "unknown-subscription")
        }
    }

    @Test func `a list of dead letters shows the beginnings of bodies, and one of them is shown whole`() async throws {
        try await AdminBed.run { bed in
            let fits = String(repeating: "x", count: 4_096)
            let long = String(repeating: "x", count: 4_095) + "é and more"
            let publishes = [fits, long].map { "PUB orders \($0.utf8.count)\n\($0)\n" }.joined()
            try await Wire.talk(
                bed.brokerPort,
                [
                    ("HELLO 1\nSUB 1 orders billing from=earliest\nPING\n", "PONG"), (publishes, "MSG 1 2"),
                    ("REJECT 1 1-2\nPING\n", "PONG"),
                ])
            let list = try await bed.get(Self.place + "/dead")
            #expect(list.json?["messages"]?[0]?["body"]?.string == fits)
            #expect(list.json?["messages"]?[0]?["bodyBytes"] == nil)
            #expect(list.json?["messages"]?[1]?["body"]?.string == String(repeating: "x", count: 4_095))
            #expect(list.json?["messages"]?[1]?["bodyBytes"]?.number == long.utf8.count)
            let whole = try await bed.get(Self.place + "/dead/2")
            #expect(whole.json?["body"]?.string == long)
            #expect(whole.json?["bodyBytes"] == nil)
            #expect(try await bed.get(Self.place + "/dead/3").code == "unknown-message")
            #expect(try await bed.get(Self.place + "/dead/0").code == "bad-argument")
            #expect(try await bed.get("/api/v1/topics/orders/subscriptions/no/dead/1").code == "unknown-subscription")
        }
    }
}
