// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

// snippet: json-typed
/// The topics and records of the shop: names and types, said once.
enum Shop {
    static let orders = Topic<Order>("shop.orders")
    static let accepted = Topic<Order>("accepted")
    static let credit = Space<Int>("credit")
}

/// Takes what an order costs off the customer's credit.
func charge(_ client: Client) async throws {
    try await client.step(Shop.orders, as: "charge", from: .earliest) { order, _, step in
        let credit = try await step.record(Shop.credit, order.customer)?.value ?? 0
        try step.set(Shop.credit, order.customer, to: credit - order.cents)
        try step.publish(order, to: Shop.accepted, process: order.number)
    }
}
// snippet end

@Suite("Typed topics", .timeLimit(.minutes(10))) struct TypedTests {
    @Test func `an order is charged, and what is no order is a dead letter`() async throws {
        try await TestBroker.with { broker in
            try await withClient(broker.port) { client in
                try await client.setRecord(Shop.credit, "ann", to: 100, expecting: .absent)
                let order = Order(number: "1", customer: "ann", cents: 30)
                // snippet: json-typed-publish
                try await client.publish(order, to: Shop.orders, id: order.number)
                // snippet end
                try await client.say("shop.orders", "no order")
                try await beside {
                    try await charge(client)
                } _: {
                    try await broker.wait(until: .dead(1, "shop.orders", "charge"))
                    try await broker.wait(until: .backlog(0, "shop.orders", "charge"))
                }
                #expect(try await client.record(Shop.credit, "ann")?.value == 70)
                #expect(try await client.administration.topic("accepted").messages == 1)
            }
        }
    }
}
