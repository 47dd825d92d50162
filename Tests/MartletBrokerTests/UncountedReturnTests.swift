// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// What comes back again and again without having failed is no storm, and ends (semantics 3).
struct UncountedReturnTests {
    private func harness(maxDeliveries: Int = 100) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(
            1, .createSubscription(topic: "orders", name: "billing", from: .earliest, options: options(maxDeliveries)))
        try harness.publish(1, "orders", "a")
        _ = harness.heard(1)
        return harness
    }

    private func options(_ maxDeliveries: Int) -> SubscriptionOptions {
        var options = SubscriptionOptions()
        options.maxDeliveries = maxDeliveries
        options.backoff = [1_000, 8_000]
        return options
    }

    /// Takes the message on a new connection, which then breaks; whether there was one.
    private func crashWorker(_ harness: BrokerHarness, _ connection: UInt64) throws -> Bool {
        try harness.connect(connection)
        try harness.send(connection, .sub(from: nil))
        let got = harness.got(connection)
        try harness.disconnect(connection)
        return !got.isEmpty
    }

    @Test func `a message that kills its worker comes at once nine times, and then takes the backoff`() throws {
        let harness = try harness()
        for worker in UInt64(2)...11 { #expect(try crashWorker(harness, worker)) }
        #expect(try !crashWorker(harness, 12))
        #expect(try harness.info("orders", "billing").deferred == 1)
        try harness.pass(799)
        #expect(try !crashWorker(harness, 13))
        try harness.pass(401)
        #expect(try crashWorker(harness, 14))
        try harness.pass(6_399)
        #expect(try !crashWorker(harness, 15))
        try harness.pass(3_201)
        #expect(try crashWorker(harness, 16))
    }

    @Test func `at max-deliveries it is a dead letter that says so`() throws {
        let harness = try harness(maxDeliveries: 3)
        for worker in UInt64(2)...3 { #expect(try crashWorker(harness, worker)) }
        #expect(try harness.info("orders", "billing").dead == 0)
        #expect(try crashWorker(harness, 4))
        let info = try harness.info("orders", "billing")
        #expect(info.dead == 1)
        #expect(info.backlog == 0)
        #expect(try harness.bodies("$dead.orders.billing") == ["a"])
        let endings = harness.store.contents.endings.values.flatMap { $0 }
        #expect(endings.map(\.reason) == ["max-deliveries"])
    }

    @Test func `a restart of the broker is no return, and what is on disk goes on counting`() throws {
        let harness = try harness(maxDeliveries: 12)
        for worker in UInt64(2)...11 { #expect(try crashWorker(harness, worker)) }
        for _ in 1...5 {
            try harness.crash()
            try harness.pass(1_200)
            try harness.connect(1)
            try harness.send(1, .sub(from: nil))
            #expect(harness.got(1).count == 1)
        }
        // The tenth return was written; the eleventh and twelfth follow.
        try harness.disconnect(1)
        try harness.pass(10_000)
        #expect(try crashWorker(harness, 3))
        #expect(try harness.info("orders", "billing").dead == 1)
    }

    @Test(arguments: ["failure", "delay"])
    func `a failure or a delay ends the row`(what: String) throws {
        let harness = try harness(maxDeliveries: 3)
        for worker in UInt64(2)...3 { #expect(try crashWorker(harness, worker)) }
        try harness.connect(4)
        try harness.send(4, .sub(from: nil))
        let tag = try #require(harness.got(4).first?.tag)
        try harness.send(4, .settle(what == "failure" ? .nack : .release, tag...tag, delay: 100))
        try harness.pass(100)
        try harness.disconnect(4)
        #expect(try crashWorker(harness, 5))
        #expect(try harness.info("orders", "billing").dead == 0)
        #expect(try crashWorker(harness, 6))
        #expect(try harness.info("orders", "billing").dead == 1)
    }

    @Test(arguments: [true, false])
    func `an orderly end counts nothing`(isGoodbye: Bool) throws {
        let harness = try harness(maxDeliveries: 1)
        for worker in UInt64(2)...20 {
            try harness.connect(worker)
            try harness.send(worker, .sub(from: nil))
            #expect(harness.got(worker).count == 1)
            try harness.send(worker, isGoodbye ? .bye : .unsubscribe(consumer: 1))
            try harness.disconnect(worker)
        }
        #expect(try harness.info("orders", "billing").dead == 0)
    }

    @Test func `releases at once count like lost connections`() throws {
        let harness = try harness(maxDeliveries: 11)
        try harness.send(1, .sub(from: nil))
        for _ in 1...10 {
            let tag = try #require(harness.got(1).first?.tag)
            try harness.send(1, .settle(.release, tag...tag))
        }
        #expect(harness.got(1).isEmpty)
        try harness.pass(1_200)
        let tag = try #require(harness.got(1).first?.tag)
        try harness.send(1, .settle(.release, tag...tag))
        #expect(try harness.info("orders", "billing").dead == 1)
    }

    @Test func `what the broker says of itself is settled where another message would die`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.publish(1, "orders", "a")
        try harness.send(1, .sub(1, "$sys.topic.no-subscriber", "desk"))
        let tag = try #require(harness.got(1).first?.tag)
        try harness.send(1, .settle(.reject, tag...tag))
        let info = try harness.info("$sys.topic.no-subscriber", "desk")
        #expect(info.backlog == 0)
        #expect(info.deferred == 0)
        #expect(harness.store.contents.topics.values.map(\.name).sorted() == ["$sys.topic.no-subscriber", "orders"])
    }
}
