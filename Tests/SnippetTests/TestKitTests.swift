// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

@Suite("The test kit", .timeLimit(.minutes(10))) struct TestKitTests {
    // snippet: testkit-chaos
    @Test(arguments: 1...4) func `orders are billed once under chaos`(_ seed: UInt64) async throws {
        try await TestBroker.run { port in
            try await FaultyLink.with(port) { link in
                await link.chaos(
                    seed: seed, drop: 0.01, loseReply: 0.02, repeatPublish: 0.1, repeatMessage: 0.1, reorder: 0.1)
                var configuration = try ClientConfiguration("martlet://127.0.0.1:\(link.port)")
                configuration.backoff = .init(least: .milliseconds(1), most: .milliseconds(20))
                try await Client.with(configuration) { client in
                    async let billing: Void = bill(
                        client, ConsumerOptions(maxFailures: 1_000, backoff: [.milliseconds(1)]))
                    for number in 1...20 {
                        try await place(
                            Order(number: "\(number)", customer: "\(number % 10)", cents: 1), with: client)
                    }
                    await link.calm()
                    let invoices = try await invoices(20, client)
                    client.shutDown()
                    try await billing
                    #expect(invoices.count == 20)
                    #expect(Set(invoices).count == 20)
                }
            }
        }
    }
    // snippet end

    /// Reads so many invoices, and those that come before a last one.
    private func invoices(_ count: Int, _ client: Client) async throws -> [String] {
        var numbers: [String] = []
        for try await delivery in try client.deliveries("invoices", as: "test", from: .earliest) {
            numbers.append(try delivery.message.decode(Order.self).number)
            try await delivery.ack()
            if Set(numbers).count == count { break }
        }
        return numbers
    }

    // snippet: testkit-clock
    @Test func `a message that failed comes again after its delay`() async throws {
        let clock = ManualClock()
        try await TestBroker.run(clock: clock) { port in
            try await Client.with("martlet://127.0.0.1:\(port)") { client in
                try await client.publish(Draft("shop.orders", body: [1]))
                for try await delivery in try client.deliveries("shop.orders", as: "test", from: .earliest) {
                    if delivery.message.attempt == 1 {
                        try await delivery.nack(delay: .seconds(3_600))
                        clock.advance(by: 3_600_000)
                    } else {
                        try await delivery.ack()
                        break
                    }
                }
            }
        }
    }
    // snippet end

    // snippet: testkit-wait
    @Test func `a mail that failed is sent an hour later`() async throws {
        let clock = ManualClock()
        try await TestBroker.with(clock: clock) { broker in
            try await Client.with("martlet://127.0.0.1:\(broker.port)") { client in
                let attempts = Recorder<Int>()
                async let mailer: Void = client.consume("mails", as: "mailer", from: .earliest) { message in
                    attempts.append(message.attempt)
                    if message.attempt == 1 { throw HandlerFailure.nack(delay: .seconds(3_600)) }
                }
                try await client.publish(Draft("mails", body: [1]))
                try await broker.wait(until: .deferred(1, "mails", "mailer"))
                clock.advance(by: 3_600_000)
                try await broker.wait(until: .backlog(0, "mails", "mailer"))
                #expect(attempts.all == [1, 2])
                client.shutDown()
                try await mailer
            }
        }
    }
    // snippet end

    // snippet: testkit-verdict
    @Test func `a mail that fails for good is a dead letter, and says why`() async throws {
        let clock = ManualClock()
        try await TestBroker.with(clock: clock) { broker in
            try await Client.with("martlet://127.0.0.1:\(broker.port)") { client in
                let options = ConsumerOptions(maxFailures: 2, backoff: [.seconds(60)])
                async let mailer: Void = client.consume("mails", as: "mailer", from: .earliest, options: options) { _ in
                    throw HandlerFailure.nack(code: "no-such-address")
                }
                try await client.publish(Draft("mails", body: [1], id: "m-1"))
                try await broker.wait(until: .deferred, topic: "mails", message: .id("m-1"), subscription: "mailer")
                clock.advance(by: 100_000)
                try await broker.wait(until: .dead, topic: "mails", message: .id("m-1"), subscription: "mailer")
                let dead = try await client.administration.deadLetters("mails", "mailer")
                #expect(dead.map(\.code) == ["no-such-address"])
                client.shutDown()
                try await mailer
            }
        }
    }
    // snippet end

    // snippet: testkit-restart
    @Test func `a message that was not acked survives a broker that is killed`() async throws {
        try await TestBroker.with { broker in
            try await Client.with("martlet://127.0.0.1:\(broker.port)") { client in
                try await client.publish(Draft("shop.orders", body: [1]))
                var isKilled = false
                for try await delivery in try client.deliveries("shop.orders", as: "test", from: .earliest) {
                    if isKilled {
                        try await delivery.ack()
                        break
                    }
                    isKilled = true
                    try await broker.restart(.killed)
                }
            }
        }
    }
    // snippet end
}
