// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Administration of a broker", .timeLimit(.minutes(10))) struct AdministrationTests {
    @Test func `topics and subscriptions tell how they stand`() async throws {
        try await OnBroker.run { (_, client) async throws in
            let administration = client.administration
            try await administration.createTopic(
                "orders", TopicRules(unsettled: .drop, maxAge: .seconds(60), maxMessages: 5))
            let options = ConsumerOptions(
                lease: .seconds(7), maxFailures: 3, maxDeliveries: 9, backoff: [.seconds(1), .seconds(2)],
                order: .key, onPoison: .park, onExpire: .dead, expect: .seconds(90), expireAfter: .seconds(3_600),
                filter: MessageFilter(where: ("Kind", "a: b"), keyPrefix: "k/"))
            try await administration.createSubscription("orders", "billing", from: .earliest, options: options)
            let topic = try await administration.topic("orders")
            #expect(topic.subscriptions == ["billing"] && topic.next == 1 && topic.messages == 0)
            #expect(
                topic.rules
                    == TopicRules(
                        retention: .limits, unsettled: .drop, maxAge: .seconds(60), maxBytes: 0, maxMessages: 5,
                        dedupWindow: .seconds(86_400)))
            let all = try await administration.topics()
            #expect(all == [topic])
            #expect(all.rawJSON == [UInt8(ascii: "[")] + topic.rawJSON + [UInt8(ascii: "]")])
            #expect(String(decoding: topic.rawJSON, as: UTF8.self).contains(#""name":"orders""#))
            let subscription = try await administration.subscription("orders", "billing")
            #expect(subscription.settings == options)
            #expect(subscription.backlog == 0 && !subscription.isPaused && subscription.redrive == nil)
            #expect(try await administration.subscriptions(of: "orders") == [subscription])
            let info = try await administration.info()
            #expect(info.topics >= 1 && info.subscriptions >= 1 && info.storage.mapBytes > 0 && !info.storage.isFull)
        }
    }

    @Test func `what is altered is changed, and what cannot be is refused`() async throws {
        try await OnBroker.run { (_, client) async throws in
            let administration = client.administration
            try await administration.createTopic("orders")
            try await administration.alterTopic("orders", TopicRules(maxMessages: 7))
            #expect(try await administration.topic("orders").rules.maxMessages == 7)
            try await administration.createSubscription("orders", "billing", from: .new)
            try await administration.alterSubscription(
                "orders", "billing", ConsumerOptions(maxFailures: 4, expect: .seconds(9)))
            try await administration.alterSubscription("orders", "billing", ConsumerOptions(expect: .zero))
            let settings = try await administration.subscription("orders", "billing").settings
            #expect(settings.maxFailures == 4 && settings.expect == nil)
            let order = await #expect(throws: ClientError.self) {
                try await administration.alterSubscription("orders", "billing", ConsumerOptions(order: .all))
            }
            #expect(order?.code == .refused("conflict"))
            let grace = await #expect(throws: ClientError.self) {
                try await administration.alterSubscription("orders", "billing", ConsumerOptions(grace: .seconds(1)))
            }
            #expect(grace?.code == .badArgument)
            let exists = await #expect(throws: ClientError.self) { try await administration.createTopic("orders") }
            #expect(exists?.code == .refused("exists"))
            try await administration.deleteSubscription("orders", "billing")
            #expect(try await administration.topic("orders").subscriptions == [])
            try await administration.deleteTopic("orders")
            let gone = await #expect(throws: ClientError.self) { try await administration.topic("orders") }
            #expect(gone?.code == .refused("unknown-topic"))
        }
    }

    @Test func `a paused subscription hands out nothing until it is resumed`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            let administration = client.administration
            try await client.publish("orders", "one")
            try await administration.createSubscription("orders", "billing", from: .earliest)
            try await administration.pause("orders", "billing", for: .seconds(3_600))
            #expect(try await administration.subscription("orders", "billing").isPaused)
            let why = try await administration.why("orders", .offset(1), subscription: "billing")
            #expect(why.map(\.verdict) == [.waiting])
            guard case .waiting("paused", _, let until?) = try #require(why.first).evidence else {
                Issue.record("\(why)")
                return
            }
            #expect(until > 0)
            try await administration.resume("orders", "billing")
            #expect(try await client.drain("orders", as: "billing", until: "one").map(\.text) == ["one"])
            try await administration.seek("orders", "billing", to: .offset(1))
            #expect(try await client.drain("orders", as: "billing", until: "one").map(\.text) == ["one"])
            try await broker.wait(until: .backlog(0, "orders", "billing"))
        }
    }

    @Test func `messages are looked at, and purged`() async throws {
        try await OnBroker.run { (_, client) async throws in
            let administration = client.administration
            try await client.publish(
                Draft(
                    "orders", body: [0, 255], id: "o-1", key: "k", process: "p", cause: "c",
                    headers: ["b": "2", "a": "1"]))
            for number in 2...5 { try await client.publish("orders", "\(number)") }
            let found = try await administration.peek("orders", limit: 2)
            let first = try #require(found.first)
            #expect(found.map(\.offset) == [1, 2] && first.body == [0, 255] && first.time > 0)
            #expect([first.id, first.key, first.process, first.cause] == ["o-1", "k", "p", "c"])
            #expect(first.headers["A"] == "1" && first.headers["b"] == "2")
            try await administration.purge("orders", before: 4)
            #expect(try await administration.peek("orders", limit: 1_000).map(\.offset) == [4, 5])
            try await administration.purge("orders")
            #expect(try await administration.peek("orders", limit: 1_000) == [])
            let limit = await #expect(throws: ClientError.self) {
                try await administration.peek("orders", limit: 1_001)
            }
            #expect(limit?.code == .badArgument)
        }
    }

    @Test func `consumers are told with what they hold`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            try await client.publish("orders", "one")
            let held = Turnstile()
            try await alongside {
                try await client.consume("orders", as: "billing", from: .earliest, concurrency: 3) { _ in
                    try await held.pass()
                }
            } _: {
                try await broker.wait(until: .inFlight(1, "orders", "billing"))
                let consumer = try #require(try await client.administration.consumers().first)
                #expect(consumer.client == "tests" && consumer.topic == "orders" && consumer.subscription == "billing")
                #expect(consumer.window == 3 && consumer.inFlight == 1 && consumer.deliveries == 1)
                held.open()
            }
        }
    }
}
