// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletClient
import MartletJSON
import Testing

struct JSONTests {
    private struct Order: Codable, Equatable {
        var number: String
        var amount: Int
        var note: String?
        var lines: [String: Int]
    }

    private let order = Order(number: "o/1", amount: 5, note: "Grüße", lines: ["b": 2, "a": 1, "c": 3])

    private func message(_ body: [UInt8]) -> Message {
        Message(topic: "orders", subscription: "billing", offset: 1, body: body)
    }

    @Test func `a value comes out as it went in`() throws {
        let draft = try Draft("orders", json: order)
        #expect(try message(draft.body).decode(Order.self) == order)
        let inferred: Order = try message(draft.body).decode()
        #expect(inferred == order)
    }

    @Test func `a body has its keys in order`() throws {
        let text = String(decoding: try Draft("orders", json: order).body, as: UTF8.self)
        #expect(text == #"{"amount":5,"lines":{"a":1,"b":2,"c":3},"note":"Grüße","number":"o/1"}"#)
    }

    @Test func `equal values are equal bytes, however they were built`() throws {
        let names = (0..<100).map { "key-\($0)" }
        var forward: [String: Int] = [:]
        for name in names { forward[name] = 1 }
        var backward: [String: Int] = Dictionary(minimumCapacity: 10_000)
        for name in names.reversed() { backward[name] = 1 }
        // Else the test could not fail.
        #expect(Array(forward.keys) != Array(backward.keys))
        #expect(try Draft("t", json: forward).body == Draft("t", json: backward).body)
    }

    @Test func `a draft has what it was given, and says that it is JSON`() throws {
        let draft = try Draft(
            "orders", json: order, id: "i", key: "k", process: "p", cause: "c", headers: ["tenant": "north"])
        #expect(draft.topic == "orders")
        #expect([draft.id, draft.key, draft.process, draft.cause] == ["i", "k", "p", "c"])
        #expect(draft.headers == ["tenant": "north", "content-type": "application/json"])
    }

    @Test func `a content type that was given stays`() throws {
        let draft = try Draft("orders", json: order, headers: ["Content-Type": "application/cloudevents+json"])
        #expect(draft.headers == ["Content-Type": "application/cloudevents+json"])
    }

    @Test func `single values are bodies too`() throws {
        #expect(try Draft("t", json: 5).body == Array("5".utf8))
        #expect(try Draft("t", json: "a").body == Array("\"a\"".utf8))
        #expect(try Draft("t", json: Int?.none).body == Array("null".utf8))
        #expect(try message(Array("5".utf8)).decode(Int.self) == 5)
    }

    @Test(arguments: ["", "{", "{}", #"{"number":1,"amount":5,"lines":{}}"#, "[]", "\u{0}"])
    func `a body that is something else is a decoding error`(_ body: String) {
        #expect(throws: DecodingError.self) { try message(Array(body.utf8)).decode(Order.self) }
    }

    @Test func `bytes that are no text are a decoding error`() {
        #expect(throws: DecodingError.self) { try message([0xff, 0xfe, 0x00]).decode(Order.self) }
    }

    @Test func `a value without a form in JSON is an encoding error`() {
        #expect(throws: EncodingError.self) { try Draft("t", json: [Double.infinity]) }
    }

    @Test func `an encoder and a decoder of one's own are used`() throws {
        struct Event: Codable, Equatable {
            var orderNumber: Int
        }
        let encoder = JSONEncoder.martlet()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let draft = try Draft("t", json: Event(orderNumber: 5), with: encoder)
        #expect(draft.body == Array(#"{"order_number":5}"#.utf8))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        #expect(try message(draft.body).decode(Event.self, with: decoder) == Event(orderNumber: 5))
    }
}
