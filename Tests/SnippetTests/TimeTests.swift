// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

// snippet: time-remind
/// Reminds of an order in a day, and expects its payment within three.
func watchPayments(_ client: Client) async throws {
    try await client.step("shop.orders", as: "payments", from: .earliest) { message, step in
        let order = try order(in: message)
        step.publish(
            try Draft(
                "reminders", json: order, id: order.number, process: order.number, delay: .seconds(86_400),
                ttl: .seconds(7 * 86_400)))
        step.expect(order.number, on: "shop.payments", within: .seconds(3 * 86_400))
    }
}
// snippet end

// snippet: time-cancel
/// Takes a reminder back; false when its time has come already.
func forgetReminder(of order: String, _ client: Client) async throws -> Bool {
    do {
        try await client.administration.cancel("reminders", id: order)
        return true
    } catch let error as ClientError where error.code == .refused("unknown-message") {
        return false
    }
}
// snippet end

@Suite("Times", .timeLimit(.minutes(10))) struct TimeTests {
    @Test func `a reminder is delayed, taken back, or comes, and a payment that is missed is told`() async throws {
        let clock = ManualClock()
        try await TestBroker.with(clock: clock) { broker in
            try await withClient(broker.port) { client in
                try await beside {
                    try await watchPayments(client)
                } _: {
                    for number in ["1", "2"] {
                        try await place(Order(number: number, customer: "ann", cents: 1), with: client)
                    }
                    try await broker.wait(until: .backlog(0, "shop.orders", "payments"))
                }
                #expect(try await client.administration.scheduled("reminders").map(\.id) == ["1", "2"])
                #expect(try await forgetReminder(of: "1", client))
                #expect(try await !forgetReminder(of: "1", client))
                try await client.publish(Draft("shop.payments", body: [], process: "1"))
                clock.advance(by: 86_400_000)
                try await broker.wait(until: .waiting, topic: "reminders", message: .id("2"))
                clock.advance(by: 3 * 86_400_000)
                for try await delivery in try client.deliveries(
                    "$sys.expect.missed", as: "test", from: .earliest, window: 1)
                {
                    #expect(delivery.message.text.contains(#""process":"2""#))
                    try await delivery.ack()
                    break
                }
            }
        }
    }
}
