// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

/// What HTTP tells of the broker.
struct QuestionTests {
    @Test func `topics, subscriptions and the overview tell what there is`() async throws {
        try await AdminBed.run { bed in
            try await Wire.talk(
                bed.brokerPort,
                [("HELLO 1\nCREATE subscription orders billing from=earliest\nPUB orders 5\nhello\n", "OK 1\r\n")])
            let topics = try await bed.get("/api/v1/topics")
            #expect(topics.status == 200)
            #expect(topics.headers["content-type"] == "application/json")
            #expect(topics.headers["cache-control"] == "no-store")
            #expect(topics.json?[0]?["name"]?.string == "orders")
            #expect(topics.json?[0]?["messages"]?.number == 1)
            let one = try await bed.get("/api/v1/topics/orders")
            #expect(one.json == topics.json?[0])
            let subscriptions = try await bed.get("/api/v1/subscriptions")
            #expect(subscriptions.json?[0]?["name"]?.string == "billing")
            #expect(subscriptions.json?[0]?["backlog"]?.number == 1)
            #expect(subscriptions.json?[0]?["oldest"]?["offset"]?.number == 1)
            let overview = try await bed.get("/api/v1/overview")
            #expect(overview.json?["totals"]?["backlog"]?.number == 1)
            #expect(overview.json?["oldest"]?["topic"]?.string == "orders")
            let messages = try await bed.get("/api/v1/topics/orders/messages?offset=1&limit=5")
            #expect(messages.json?[0]?["body"]?.string == "hello")
            let why = try await bed.get("/api/v1/topics/orders/messages/1/why")
            #expect(why.json?[0]?["verdict"]?.string == "waiting")
        }
    }

    @Test func `a message that waits for its time is given another, or none`() async throws {
        try await AdminBed.run { bed in
            try await Wire.talk(
                bed.brokerPort,
                [("HELLO 1\nPUB orders 1 id=a%FF delay=1h\nx\nPUB orders 1 id=b delay=1h\nx\nPING\n", "PONG")])
            let later = try await bed.ask("PATCH", "/api/v1/topics/orders/scheduled/a%FF", #"{"delay":7200000}"#)
            #expect(later.json?["due"]?.number != nil)
            let now = try await bed.ask("PATCH", "/api/v1/topics/orders/scheduled/a%ff", #"{"delay":"0s"}"#)
            #expect(now.status == 200)
            #expect(now.json?["offset"]?.number == 1)
            let both = try await bed.ask("PATCH", "/api/v1/topics/orders/scheduled/b", #"{"delay":"1s","at":1}"#)
            #expect(both.code == "bad-option")
            #expect(try await bed.ask("DELETE", "/api/v1/topics/orders/scheduled/b", "{}").status == 200)
            let gone = try await bed.ask("DELETE", "/api/v1/topics/orders/scheduled/b", "{}")
            #expect(gone.status == 404)
            #expect(gone.code == "unknown-message")
        }
    }

    @Test func `a command has the same rules as on the wire`() async throws {
        try await AdminBed.run { bed in
            let unknown = try await bed.ask("POST", "/api/v1/topics/none/subscriptions/s/pause", "{}")
            #expect(unknown.status == 404)
            #expect(unknown.code == "unknown-topic")
            let bad = try await bed.ask("POST", "/api/v1/topics/none/subscriptions/s/pause", #"{"for":"soon"}"#)
            #expect(bad.status == 400)
            #expect(bad.code == "bad-option")
            #expect(bad.json?["error"]?["message"]?.string?.hasPrefix("for: expected") == true)
        }
    }
}
