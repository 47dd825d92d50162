// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

// snippet: tutorial-order
struct Order: Codable {
    var number: String
    var customer: String
    var cents: Int
}
// snippet end

// snippet: tutorial-place
/// Publishes an order; a caller that is not sure that it worked may call it again.
@discardableResult
func place(_ order: Order, with client: Client) async throws -> Publication {
    try await client.publish(Draft("shop.orders", json: order, id: order.number))
}
// snippet end

// snippet: tutorial-plain
/// Adds up what each customer owes, and publishes an invoice for each order.
func billPlainly(_ client: Client) async throws {
    try await client.consume("shop.orders", as: "bills", from: .earliest) { message in
        let order = try message.decode(Order.self)
        let owed = try await client.record("owed", order.customer)?.decode(Int.self) ?? 0
        try await client.setRecord("owed", order.customer, json: owed + order.cents, expecting: .any)
        try await client.publish(Draft("invoices", json: order))
    }
}
// snippet end

// snippet: tutorial-main
func runShop(at url: String = "martlet://127.0.0.1:7250") async throws {
    try await Client.with(url) { client in
        try await place(Order(number: "1", customer: "ann", cents: 1_250), with: client)
        try await billPlainly(client)
    }
}
// snippet end

// snippet: tutorial-step
/// Adds up what each customer owes, and publishes an invoice for each order: both once, or neither yet.
func bill(_ client: Client, _ options: ConsumerOptions = ConsumerOptions()) async throws {
    try await client.step("shop.orders", as: "bills", from: .earliest, options: options) { message, step in
        let order = try message.decode(Order.self)
        let owed = try await step.record("owed", order.customer)?.decode(Int.self) ?? 0
        try step.set("owed", order.customer, json: owed + order.cents)
        step.publish(try Draft("invoices", json: order))
    }
}
// snippet end

@Suite("The tutorial", .timeLimit(.minutes(10))) struct TutorialTests {
    // snippet: tutorial-test
    @Test func `an order is billed once, whatever becomes of the commits`() async throws {
        try await TestBroker.run { port in
            try await FaultyLink.with(port) { link in
                // The first commit is done, but its reply is lost; the second never reaches the broker.
                await link.loseReply(to: "COMMIT")
                await link.drop(.before, .client, skipping: 1) { $0.word == "COMMIT" }
                try await Client.with("martlet://127.0.0.1:\(port)") { shop in
                    try await Client.with("martlet://127.0.0.1:\(link.port)") { worker in
                        async let billing: Void = bill(worker)
                        for number in 1...3 {
                            try await place(Order(number: "\(number)", customer: "ann", cents: 100), with: shop)
                        }
                        var invoices: [String] = []
                        for try await delivery in try shop.deliveries("invoices", as: "test", from: .earliest) {
                            invoices.append(try delivery.message.decode(Order.self).number)
                            try await delivery.ack()
                            if Set(invoices).count == 3 { break }
                        }
                        worker.shutDown()
                        try await billing
                        #expect(invoices.sorted() == ["1", "2", "3"])
                        #expect(try await shop.record("owed", "ann")?.decode(Int.self) == 300)
                    }
                }
            }
        }
    }
    // snippet end

    @Test func `the program of the tutorial bills its order`() async throws {
        try await TestBroker.run { port in
            try await beside {
                try await runShop(at: "martlet://127.0.0.1:\(port)")
            } _: {
                try await withClient(port) { client in
                    for try await delivery in try client.deliveries("invoices", as: "test", from: .earliest) {
                        #expect(try delivery.message.decode(Order.self).cents == 1_250)
                        try await delivery.ack()
                        break
                    }
                    #expect(try await client.record("owed", "ann")?.number == 1_250)
                }
            }
        }
    }

    @Test func `an order that is placed again is placed once`() async throws {
        try await onBroker { client in
            let order = Order(number: "1", customer: "ann", cents: 100)
            let first = try await place(order, with: client)
            let second = try await place(order, with: client)
            #expect(first == Publication(offset: 1, isSeen: false))
            #expect(second.isDuplicate)
        }
    }

    @Test func `the plain handler bills twice when its ack is lost`() async throws {
        try await onLink { _, link, worker, shop in
            await link.drop(.before, .client) { $0.word == "ACK" }
            try await beside {
                try await billPlainly(worker)
            } _: {
                try await place(Order(number: "1", customer: "ann", cents: 100), with: shop)
                let seen = Recorder<String>()
                try await beside {
                    try await shop.consume("invoices", as: "test", from: .earliest) { seen.append($0.text) }
                } _: {
                    try await seen.wait(for: 2)
                }
                #expect(Set(seen.all).count == 1)
                #expect(try await shop.record("owed", "ann")?.number == 200)
            }
        }
    }
}
