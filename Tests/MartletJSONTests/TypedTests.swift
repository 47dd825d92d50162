// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletClient
import MartletJSON
import MartletTestKit
import Testing

@Suite("Typed topics and records", .timeLimit(.minutes(10))) struct TypedTests {
    private struct Order: Codable, Equatable {
        struct Line: Codable, Equatable {
            var price: Int
        }

        var number: String
        var lines: [Line]
    }

    private let orders = Topic<Order>("orders")
    private let order = Order(number: "o/1", lines: [.init(price: 5)])

    private func run(_ body: @Sendable (RunningBroker, Client) async throws -> Void) async throws {
        try await TestBroker.with { broker in
            try await Client.with(
                "martlet://127.0.0.1:\(broker.port)",
                logger: Logger(label: "test") { _ in
                    SwiftLogNoOpLogHandler()
                }
            ) { try await body(broker, $0) }
        }
    }

    private func message(_ body: String) -> Message {
        Message(topic: "orders", subscription: "billing", offset: 1, body: Array(body.utf8))
    }

    @Test func `a draft has the topic, the body and the type of its content`() throws {
        let draft = try orders.draft(order, id: "i", key: "k", delay: .seconds(1), ttl: .seconds(2))
        #expect(draft.topic == "orders" && draft.id == "i" && draft.key == "k")
        #expect(draft.delay == .seconds(1) && draft.ttl == .seconds(2))
        #expect(draft.headers == ["content-type": "application/json"])
        #expect(try orders.value(of: message(String(decoding: draft.body, as: UTF8.self))) == order)
        #expect(try orders.draft(order, headers: ["Content-Type": "x"]).headers == ["Content-Type": "x"])
    }

    @Test(arguments: [
        (#"{"number":"o","lines":[{"price":1},{"price":"2"}]}"#, "lines[1].price: "),
        (#"{"number":"o","lines":[{}]}"#, "lines[0].price: it is missing"),
        (#"{"lines":[]}"#, "number: it is missing"), ("{", "not a Order: "),
        (#"{"number":null,"lines":[]}"#, "number: "),
    ])
    func `what does not decode is rejected with what is wrong and where`(body: String, note: String) throws {
        let failure = #expect(throws: HandlerFailure.self) { try orders.value(of: message(body)) }
        #expect(failure?.code == "body-mismatch")
        #expect(failure?.note?.contains(note) == true, "\(failure?.note ?? "")")
    }

    @Test func `values go through a topic, and what is none becomes a dead letter at once`() async throws {
        try await run { broker, client in
            try await client.publish(Draft("orders", body: [1, 2], id: "broken"))
            try await client.publish(order, to: orders, id: "o-1")
            let seen = Recorder<Order>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await client.consume(orders, as: "billing", from: .earliest) { order, _ in seen.append(order) }
                }
                try await broker.wait(until: .backlog(0, "orders", "billing"))
                group.cancelAll()
            }
            #expect(seen.all == [order])
            let dead = try await client.administration.deadLetters("orders", "billing")
            #expect(dead.map(\.id) == ["broken"] && dead.map(\.code) == ["body-mismatch"])
            #expect(dead.first?.note?.hasPrefix("not a Order: ") == true && dead.first?.failures == 1)
        }
    }

    @Test func `services handle values`() async throws {
        try await run { broker, client in
            try await client.publish(Draft("orders", body: [1, 2], id: "broken"))
            try await client.publish(order, to: orders, id: "o-1")
            let seen = Recorder<Order>()
            let paid = Topic<String>("paid")
            let services = [
                client.consumer(orders, as: "billing", from: .earliest) { order, _ in seen.append(order) },
                client.stepConsumer(orders, as: "payment", from: .earliest) { order, _, step in
                    try step.publish(order.number, to: paid)
                },
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for service in services { group.addTask { try await service.run() } }
                for name in ["billing", "payment"] { try await broker.wait(until: .backlog(0, "orders", name)) }
                group.cancelAll()
            }
            #expect(seen.all == [order])
            #expect(try await client.administration.peek("paid").map(\.body) == [Array(#""o/1""#.utf8)])
            for name in ["billing", "payment"] {
                #expect(try await client.administration.deadLetters("orders", name).map(\.id) == ["broken"])
            }
        }
    }

    @Test func `a step reads and sets typed records, and publishes values`() async throws {
        let carts = Space<[Order]>("carts")
        let paid = Topic<Int>("paid")
        try await run { broker, client in
            try await client.publish(order, to: orders, id: "o-1")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await client.step(orders, as: "billing", from: .earliest) { order, _, step in
                        let before = try await step.record(carts, "a")?.value ?? []
                        try step.set(carts, "a", to: before + [order])
                        try step.publish(5, to: paid, key: "k")
                    }
                }
                try await broker.wait(until: .backlog(0, "orders", "billing"))
                group.cancelAll()
            }
            let record = try #require(try await client.record(carts, "a"))
            #expect(record.value == [order] && record.version == 1)
            #expect(try await client.administration.peek("paid").map(\.body) == [Array("5".utf8)])
            try await client.setRecord("carts", "b", to: [0], expecting: .absent)
            let mismatch = await #expect(throws: BodyMismatch.self) { try await client.record(carts, "b") }
            #expect(mismatch?.place == "the record carts/b")
            #expect(try await client.setRecord(carts, "b", to: [], expecting: .version(1)) == 2)
            #expect(try await client.record(carts, "none")?.version == nil)
        }
    }
}
