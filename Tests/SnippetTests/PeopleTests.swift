// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

// snippet: people-park
/// Accepts small orders; larger ones wait for a person, whose answer comes with the message.
func approve(_ client: Client) async throws {
    try await client.step("shop.orders", as: "approval", from: .earliest) { message, step in
        let order = try order(in: message)
        guard order.cents <= 100_000 || message.note == "approved" else {
            return step.park(code: "large", note: "\(order.customer) orders for \(order.cents) cents")
        }
        step.publish(try Draft("accepted", json: order, process: order.number))
    }
}
// snippet end

// snippet: people-list
/// What waits for a person, a line each.
func inTray(_ client: Client) async throws -> [String] {
    try await client.administration.parked("shop.orders", "approval").map { "\($0.offset): \($0.note ?? "")" }
}
// snippet end

@Suite("People", .timeLimit(.minutes(10))) struct PeopleTests {
    @Test func `a large order waits for a person and is then accepted`() async throws {
        try await TestBroker.with { broker in
            try await withClient(broker.port) { client in
                try await beside {
                    try await approve(client)
                } _: {
                    try await place(Order(number: "1", customer: "ann", cents: 200_000), with: client)
                    try await broker.wait(
                        until: .parked, topic: "shop.orders", message: .offset(1), subscription: "approval")
                    #expect(try await inTray(client) == ["1: ann orders for 200000 cents"])
                    // snippet: people-resolve
                    try await client.administration.resolve("shop.orders", "approval", 1, .retry, note: "approved")
                    // snippet end
                    try await broker.wait(
                        until: .handled, topic: "shop.orders", message: .offset(1), subscription: "approval")
                    #expect(try await client.administration.topic("accepted").messages == 1)
                }
            }
        }
    }
}
