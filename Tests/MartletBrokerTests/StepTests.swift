// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

/// A step is bounded by what it produces: what is left goes on in the next one, in order.
struct StepTests {
    @Test func `a LIST that looks past many records that are gone lets others go on`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        for batch in 0..<10 {
            try harness.send(2) { commands in
                for number in 0..<500 {
                    let key = Array("k\(10_000 + 500 * batch + number)".utf8)
                    commands.add(.set(SetRecord(space: "s", key: key, value: [1])))
                    commands.add(.unset(space: "s", key: key, expected: .any))
                }
            }
        }
        try harness.send(2, .set(SetRecord(space: "s", key: Array("z".utf8), value: [1])))
        _ = harness.heardByAll()
        // Behind the first step the other connection is answered, and the list is not.
        try harness.step([
            harness.input(1) {
                $0.add(.list(ListRecords(space: "s", prefix: [], after: [], limit: 1)))
                $0.add(.ping)
            },
            harness.input(2) { $0.add(.ping) },
        ])
        #expect(harness.heard(2) == ["PONG"])
        #expect(harness.heard(1) == [])
        try harness.run([])
        let heard = harness.heard(1)
        #expect(heard.count == 2)
        #expect(heard.first?.contains("z") == true)
        #expect(heard.last == "PONG")
    }

    @Test func `a settle that waits behind one that fills the step counts by when it came`() throws {
        var configuration = BrokerConfiguration()
        configuration.stepBytes = 500
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(window: 100) { $0.lease = 2_000 })
        for number in 1...12 { try harness.publish(2, "orders", "\(number)" + String(repeating: ".", count: 400)) }
        let (rejects, release) = (
            harness.input(1) { $0.add(.settle(.reject, 1...9)) }, harness.input(1) { $0.add(.settle(.nack, 10...12)) }
        )
        _ = harness.heard(1)
        try harness.stall(5_000, [(100, rejects), (200, release)])
        #expect(harness.heard(1) == ["OK 9", "OK 3"])
    }

    /// A consumer 1 on connection 1 that holds 10 messages of 1,000 bytes, where a step may produce three copies.
    private func harness(_ change: (inout SubscriptionOptions) -> Void = { _ in }) throws -> BrokerHarness {
        var configuration = BrokerConfiguration()
        configuration.stepBytes = 3_500
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(window: 100, change))
        for _ in 1...10 { try harness.publish(2, "orders", String(repeating: "x", count: 1_000)) }
        _ = harness.heard(1)
        _ = harness.heard(2)
        #expect(harness.got(1).count == 10)
        return harness
    }

    private func dead(_ harness: BrokerHarness) -> UInt64 {
        harness.store.contents.subscriptions.values.first { $0.name == "billing" }?.dead ?? 0
    }

    @Test func `REJECT of many is cut into steps and answered behind the last`() throws {
        let harness = try harness()
        try harness.step([harness.input(1) { $0.add(.settle(.reject, 1...10)) }])
        var counts = [dead(harness)]
        while harness.broker.hasWork {
            #expect(harness.heard(1).isEmpty)
            try harness.step([])
            counts.append(dead(harness))
        }
        try harness.sync()
        #expect(harness.heard(1) == ["OK 10"])
        #expect(counts.last == 10)
        #expect(counts.count >= 4)
        for (before, after) in zip(counts, counts.dropFirst()) { #expect(after - before <= 3) }
    }

    @Test func `what is delivered while a REJECT goes on is not meant by it`() throws {
        var configuration = BrokerConfiguration()
        configuration.stepBytes = 3_500
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(window: 10))
        for _ in 1...20 { try harness.publish(2, "orders", String(repeating: "x", count: 1_000)) }
        _ = harness.heard(1)
        try harness.send(1, .settle(.reject, 1...10, 11...12))
        #expect(harness.heard(1) == ["OK 10 lost=11-12"])
        #expect(dead(harness) == 10)
        try harness.send(1, .settle(.ack, 11...12))
        #expect(harness.heard(1) == ["OK 2"])
    }

    @Test func `others are served meanwhile, and the connection itself in its order`() throws {
        let harness = try harness()
        try harness.step([
            harness.input(1) { commands in
                commands.add(.settle(.reject, 1...10))
                commands.add(.ping)
            },
            harness.input(2) { $0.add(.ping) },
        ])
        try harness.step([harness.input(1) { $0.add(.window(consumer: 1, window: 5)) }])
        #expect(harness.heard(2) == ["PONG"])
        #expect(harness.heard(1).isEmpty)
        try harness.run([])
        #expect(harness.heard(1) == ["OK 10", "PONG", "OK"])
    }

    @Test func `leases that run out together are returned over several steps`() throws {
        let harness = try harness { $0.maxFailures = 1 }
        harness.now.steady += 30_000
        harness.now.wall += 30_000
        try harness.step([])
        #expect(dead(harness) < 10)
        #expect(dead(harness) > 0)
        try harness.run([])
        var rounds = 0
        while let timer = harness.broker.nextTimer, timer <= harness.now.steady, rounds < 20 {
            try harness.run([])
            rounds += 1
        }
        #expect(dead(harness) == 10)
        #expect(harness.heard(1).allSatisfy { $0.hasSuffix("timeout") })
    }

    @Test func `what a lost connection had begun fails over several steps`() throws {
        let harness = try harness { $0.maxFailures = 1 }
        try harness.send(1, .touch(Touch(consumer: 1, tags: [1...10])))
        try harness.step([.disconnected(ConnectionID(1))])
        #expect(dead(harness) < 10)
        try harness.run([])
        #expect(dead(harness) == 10)
        #expect(try harness.info("orders", "billing").inFlight == 0)
    }

    @Test func `a subscription that is deleted meanwhile ends the rest`() throws {
        let harness = try harness()
        try harness.step([harness.input(1) { $0.add(.settle(.reject, 1...10)) }])
        try harness.run([harness.input(2) { $0.add(.deleteSubscription(topic: "orders", name: "billing")) }])
        #expect(harness.heard(2) == ["OK"])
        #expect(harness.heard(1).last?.hasPrefix("OK") == true)
    }

    @Test func `a connection that ends behind its commands has them done`() throws {
        let harness = try harness()
        try harness.step([
            harness.input(1) { $0.add(.settle(.reject, 1...10)) }, .disconnected(ConnectionID(1)),
        ])
        try harness.run([])
        #expect(dead(harness) == 10)
    }

    @Test func `a transaction that would write more than a step is refused whole`() throws {
        let harness = try harness()
        try harness.send(
            1, .begin(id: nil, refusal: nil), .settle(.ack, 1...7), .settle(.reject, 8...10), .commit)
        #expect(harness.heard(1).last == "ERR tx 2:limit")
        try harness.send(
            1, .begin(id: nil, refusal: nil), .settle(.ack, 1...8), .settle(.reject, 9...10), .commit)
        #expect(harness.heard(1).last == "OK 2")
        #expect(dead(harness) == 2)
    }

    @Test func `an ack that has arrived counts before the lease runs out`() throws {
        let harness = try harness { $0.lease = 2_000 }
        let delivered = harness.now.steady
        // A commit was flushed for 5 s, in which acks came in before and behind the end of the leases.
        harness.now.steady += 5_000
        try harness.broker.apply(
            [
                Arrival(harness.input(1) { $0.ack(consumer: 1, first: 1, last: 4) }, at: delivered + 1_999),
                Arrival(harness.input(1) { $0.ack(consumer: 1, first: 5, last: 10) }, at: delivered + 2_000),
            ], now: harness.now)
        try harness.run([])
        #expect(harness.heard(1).sorted() == ["LOST 1 5,6,7,8,9,10 timeout", "OK 0 lost=5-10", "OK 4"])
    }

    @Test func `TOUCH with ever earlier ends leaves one timer`() throws {
        let harness = try harness()
        let before = harness.broker.timers.count
        for seconds in (1_000...1_500).reversed() {
            try harness.send(1, .touch(Touch(consumer: 1, tags: [1...10], extend: seconds * 10)))
        }
        #expect(harness.broker.timers.count == before)
    }
}
