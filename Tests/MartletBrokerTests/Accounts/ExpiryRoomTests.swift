// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// Dead letters of messages whose time is over take room: in the store, and in each step (semantics 1).
struct ExpiryRoomTests {
    private static let deadLetters = "$dead.orders.billing"

    @Test func `while the store is full nothing ends that is to be a dead letter`() throws {
        let harness = try BrokerHarness.account { $0.onExpire = .dead }
        try harness.put("a", ttl: 1_000)
        harness.store.isFull = true
        for _ in 1...5 { try harness.pass(1_000) }
        #expect(try harness.info("orders", "billing").backlog == 1)
        #expect(try harness.info("orders", "billing").dead == 0)
        harness.store.isFull = false
        try harness.pass(1_000)
        #expect(try harness.verdict(1) == .dead)
        #expect(try harness.bodies(Self.deadLetters) == ["a"])
    }

    @Test func `nor what comes up for delivery then`() throws {
        let harness = try BrokerHarness.account { $0.onExpire = .dead }
        try harness.serve()
        try harness.put("a", ttl: 1_000)
        try harness.put("b")
        try harness.settle(.nack, 1, delay: 3_000)
        harness.store.isFull = true
        for _ in 1...5 { try harness.pass(1_000) }
        #expect(harness.bodiesGot() == ["a", "b"])
        #expect(try harness.info("orders", "billing").backlog == 2)
        harness.store.isFull = false
        for _ in 1...2 { try harness.pass(1_000) }
        #expect(try harness.verdict(1) == .dead)
        #expect(try harness.bodies(Self.deadLetters) == ["a"])
        #expect(harness.bodiesGot().isEmpty)
    }

    @Test func `where it is dropped the store may be full`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a", ttl: 1_000)
        harness.store.isFull = true
        for _ in 1...2 { try harness.pass(1_000) }
        #expect(try harness.verdict(1) == .expired)
        #expect(try harness.info("orders", "billing").backlog == 0)
    }

    /// A broker with small steps and so many messages of a kibibyte, whose time is over in a second.
    private func harness(messages: Int) throws -> BrokerHarness {
        var configuration = BrokerConfiguration()
        configuration.stepBytes = 1 << 14
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        var options = SubscriptionOptions()
        options.onExpire = .dead
        for name in ["billing", "audit"] {
            try harness.say(
                .createSubscription(topic: "orders", name: name, from: .earliest, options: options), answer: "OK")
        }
        let body = String(repeating: "x", count: 1_024)
        for _ in 0..<messages { try harness.put(body, ttl: 1_000) }
        return harness
    }

    /// Steps for a second after their time is over; the bytes of the largest batch.
    private func largestBatch(_ harness: BrokerHarness, _ inputs: [Input] = []) throws -> Int {
        let before = harness.store.contents.batches.count
        harness.now.wall += 1_000
        harness.now.steady += 1_000
        try harness.run(inputs)
        for _ in 1...200 { try harness.pass(5) }
        return harness.store.contents.batches.dropFirst(before).map(\.count).max() ?? 0
    }

    @Test func `no step buries more than it has room for`() throws {
        let harness = try harness(messages: 200)
        let largest = try largestBatch(harness)
        #expect((1 << 13..<1 << 15).contains(largest))
        for name in ["billing", "audit"] { #expect(try harness.info("orders", name).dead == 200) }
    }

    @Test func `nor when a consumer comes`() throws {
        let harness = try harness(messages: 200)
        let attach = harness.input(1) { commands in commands.add(.sub(1, "orders", "billing", from: nil)) }
        let largest = try largestBatch(harness, [attach])
        #expect((1 << 13..<1 << 15).contains(largest))
        for name in ["billing", "audit"] { #expect(try harness.info("orders", name).dead == 200) }
        #expect(harness.bodiesGot().isEmpty)
    }
}
