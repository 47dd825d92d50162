// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletClient
import MartletJSON
import MartletTestKit
import Testing

@Suite("Records as JSON", .timeLimit(.minutes(10))) struct RecordTests {
    private struct Cart: Codable, Equatable {
        var lines: [String: Int] = [:]
        var total: Double = 0
    }

    private func client<Result: Sendable>(_ body: @Sendable (Client) async throws -> Result) async throws -> Result {
        try await TestBroker.run { port in
            try await Client.with("martlet://127.0.0.1:\(port)") { try await body($0) }
        }
    }

    @Test func `a record is decoded as it was set`() async throws {
        try await client { client in
            let cart = Cart(lines: ["b": 2, "a/1": 1], total: 0.5)
            #expect(try await client.setRecord("carts", "1", json: cart, expecting: .absent) == 1)
            let record = try #require(try await client.record("carts", "1"))
            #expect(try record.decode(Cart.self) == cart)
            #expect(record.value == Array(#"{"lines":{"a/1":1,"b":2},"total":0.5}"#.utf8))
            #expect(record.expires == nil)
        }
    }

    @Test func `version and time to live are those that were asked for`() async throws {
        try await client { client in
            try await client.setRecord("carts", "1", json: Cart(), expecting: .absent, ttl: .seconds(60))
            let record = try #require(try await client.record("carts", "1"))
            #expect(record.expires == record.time + 60_000)
            let error = await #expect(throws: ClientError.self) {
                try await client.setRecord("carts", "1", json: 5, expecting: .version(2))
            }
            #expect(error?.code == .conflict([1]))
            #expect(try await client.setRecord("carts", "1", json: 5, expecting: .version(1)) == 2)
            #expect(try await client.record("carts", "1")?.decode() == 5)
        }
    }

    @Test func `a step reads and sets what is JSON`() async throws {
        try await client { client in
            for id in ["a", "b", "a"] { _ = try await client.publish(Draft("orders", json: id, id: id)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await client.step("orders", as: "s", from: .earliest, concurrency: 1) { message, step in
                        var cart = try await step.record("carts", "1")?.decode(Cart.self) ?? Cart()
                        cart.lines[try message.decode(), default: 0] += 1
                        try step.set("carts", "1", json: cart, ttl: .seconds(60))
                        step.publish(try Draft("carts", json: cart))
                    }
                }
                var carts: [Cart] = []
                for try await delivery in try client.deliveries("carts", as: "s", from: .earliest) {
                    carts.append(try delivery.message.decode())
                    if carts.count == 2 { break }
                }
                group.cancelAll()
                #expect(carts == [Cart(lines: ["a": 1]), Cart(lines: ["a": 1, "b": 1])])
            }
            let record = try #require(try await client.record("carts", "1"))
            #expect(record.version == 2)
            #expect(record.expires != nil)
            #expect(try record.decode(Cart.self) == Cart(lines: ["a": 1, "b": 1]))
        }
    }

    @Test func `a step that cannot encode leaves nothing`() async throws {
        try await client { client in
            _ = try await client.publish(Draft("orders", json: 1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let options = ConsumerOptions(maxFailures: 1)
                    try await client.step("orders", as: "s", from: .earliest, options: options) { _, step in
                        step.set("carts", "1", to: [1])
                        try step.set("carts", "2", json: [Double.nan])
                    }
                }
                for try await delivery in try client.deliveries("$dead.orders.s", as: "look", from: .earliest) {
                    #expect(delivery.message.headers["Martlet-Dead-Code"] == "EncodingError")
                    break
                }
                group.cancelAll()
            }
            #expect(try await client.records(in: "carts") == [])
        }
    }

    @Test func `a value that is something else is a decoding error`() {
        let record = Record(version: 1, value: Array(#"{"lines":1}"#.utf8))
        #expect(throws: DecodingError.self) { try record.decode(Cart.self) }
        #expect(throws: DecodingError.self) { try Record(version: 1, value: []).decode(Cart.self) }
    }

    @Test func `an encoder and a decoder of one's own are used`() async throws {
        struct Event: Codable, Equatable {
            var orderNumber: Int
        }
        try await client { client in
            let encoder = JSONEncoder.martlet()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            try await client.setRecord("events", "1", json: Event(orderNumber: 5), expecting: .any, with: encoder)
            let record = try #require(try await client.record("events", "1"))
            #expect(record.value == Array(#"{"order_number":5}"#.utf8))
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            #expect(try record.decode(Event.self, with: decoder) == Event(orderNumber: 5))
        }
    }
}
