// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// The reading position is moved (semantics 2).
struct SeekTests {
    private func harness(_ change: (inout SubscriptionOptions) -> Void = { _ in }) throws -> BrokerHarness {
        let harness = try BrokerHarness.account(change)
        for body in ["a", "b", "c", "d"] { try harness.put(body) }
        return harness
    }

    private func seek(_ harness: BrokerHarness, _ start: Start) throws {
        try harness.say(.seek(topic: "orders", name: "billing", to: start))
    }

    @Test func `all from the position on is plainly unsettled`() throws {
        let harness = try harness { $0.maxFailures = 2 }
        try harness.serve()
        try harness.settle(.ack, 1)
        try harness.settle(.reject, 2)
        try harness.settle(.park, 3)
        try harness.settle(.nack, 4, delay: 60_000)
        try harness.say(.unsubscribe(consumer: 1))
        #expect(try harness.verdicts(4) == [.handled, .dead, .parked, .deferred])
        try seek(harness, .earliest)
        #expect(try harness.verdicts(4) == Array(repeating: .waiting, count: 4))
        #expect(try harness.info("orders", "billing").backlog == 4)
        #expect(try harness.info("orders", "billing").parked == 0)
        #expect(try harness.info("orders", "billing").deferred == 0)
        _ = harness.got(1)
        try harness.serve()
        #expect(harness.got(1).map(\.attempt) == [1, 1, 1, 1])
        // The failure is forgotten too: one more is the first.
        try harness.settle(.nack, 8)
        #expect(try harness.why(4).evidence.failures == 1)
    }

    @Test func `what was not settled before the position is before-start, and what was keeps its verdict`() throws {
        let harness = try harness()
        try harness.serve(window: 2)
        try harness.settle(.ack, 1)
        try harness.settle(.reject, 2)
        try harness.say(.unsubscribe(consumer: 1))
        try seek(harness, .offset(4))
        #expect(try harness.verdicts(4) == [.handled, .dead, .beforeStart, .waiting])
        try seek(harness, .new)
        try harness.put("e")
        #expect(try harness.verdicts(5) == [.handled, .dead, .beforeStart, .beforeStart, .waiting])
    }

    @Test func `leases are lost and said to be`() throws {
        let harness = try harness()
        try harness.serve(window: 2)
        _ = harness.got(1)
        _ = harness.heard(1)
        try harness.send(1, .seek(topic: "orders", name: "billing", to: .offset(2)))
        #expect(Set(harness.heard(1)) == ["OK", "LOST 1 1,2 seek"])
        #expect(harness.got(1).map(\.offset) == [2, 3])
        #expect(try harness.verdicts(4) == [.beforeStart, .leased, .leased, .waiting])
        try harness.send(1, .settle(.ack, 1...1))
        #expect(harness.heard(1) == ["OK 0 lost=1"])
    }

    @Test func `a time is the first message of then or later`() throws {
        let harness = try BrokerHarness.account()
        try harness.put("a")
        try harness.pass(1_000)
        let time = harness.now.wall
        try harness.put("b")
        try harness.pass(1_000)
        try seek(harness, .time(time))
        #expect(try harness.verdicts(2) == [.beforeStart, .waiting])
        try seek(harness, .time(time - 999))
        #expect(try harness.verdicts(2) == [.beforeStart, .waiting])
        try seek(harness, .time(time - 1_000))
        #expect(try harness.verdicts(2) == [.waiting, .waiting])
        try seek(harness, .time(time + 1))
        try harness.put("c")
        #expect(try harness.verdicts(3) == [.beforeStart, .beforeStart, .waiting])
    }

    @Test func `a time may not lie in the future`() throws {
        let harness = try harness()
        let now = harness.now.wall
        try harness.say(.seek(topic: "orders", name: "billing", to: .time(now)))
        try harness.say(.seek(topic: "orders", name: "billing", to: .time(now + 1)), answer: "ERR bad-argument")
    }

    @Test func `an offset that is to come is waited for`() throws {
        let harness = try harness()
        try seek(harness, .offset(6))
        try harness.put("e")
        try harness.put("f")
        #expect(try harness.verdicts(6).suffix(3) == [.beforeStart, .beforeStart, .waiting])
    }

    @Test func `what is gone from the log stays as it is`() throws {
        let harness = try harness()
        try harness.say(.purge(topic: "orders", before: 3))
        try seek(harness, .earliest)
        #expect(try harness.verdicts(4) == [.lostToRetention, .lostToRetention, .waiting, .waiting])
    }

    @Test func `it survives a restart`() throws {
        let harness = try harness()
        try harness.serve()
        for tag in UInt64(1)...4 { try harness.settle(.ack, tag) }
        try seek(harness, .offset(3))
        try harness.say(.unsubscribe(consumer: 1))
        try harness.crash()
        #expect(try harness.verdicts(4) == [.handled, .handled, .waiting, .waiting])
        try harness.connect(1)
        try harness.serve()
        #expect(harness.bodiesGot() == ["c", "d"])
    }

    @Test func `a dead letter stays and can no longer be redriven`() throws {
        let harness = try harness()
        try harness.serve()
        try harness.settle(.reject, 2)
        try harness.settle(.reject, 4)
        try harness.say(.unsubscribe(consumer: 1))
        try seek(harness, .offset(3))
        #expect(try harness.bodies("$dead.orders.billing") == ["b", "d"])
        try harness.say(.redrive(Redrive(topic: "orders", subscription: "billing")), answer: "OK 1")
        try harness.pass(2_000)
        #expect(try harness.verdicts(4) == [.beforeStart, .waiting, .waiting, .waiting])
        #expect(try harness.bodies("$dead.orders.billing") == ["d"])
    }

    @Test func `what was never handled is never said to be, however often the position is set`() throws {
        let harness = try BrokerHarness.account()
        for number in 1...70 { try harness.put("m\(number)") }
        for offset in UInt64(2)...61 { try seek(harness, .offset(offset)) }
        #expect(try harness.verdicts(61) == Array(repeating: .beforeStart, count: 60) + [.waiting])
        // Of the oldest positions is not known any more what was settled; it is said that this is so.
        #expect(try harness.why(1).evidence.note?.contains("so often") == true)
        try harness.crash()
        #expect(try harness.verdicts(61) == Array(repeating: .beforeStart, count: 60) + [.waiting])
    }

    @Test func `a key that was held is free`() throws {
        let harness = try BrokerHarness.account { $0.order = .key }
        try harness.serve()
        try harness.put(keyed: "a1", "a2", "a3")
        try harness.settle(.park, 1)
        try seek(harness, .offset(2))
        #expect(try harness.verdicts(3) == [.beforeStart, .leased, .blocked])
        #expect(try harness.why(3).evidence.heldBy == 2)
    }

    @Test func `what the filter does not pass stays filtered`() throws {
        let harness = try BrokerHarness.account { $0.filter = Filter(keyPrefix: Array("a".utf8)) }
        try harness.put(keyed: "a1", "b2", "a3")
        try seek(harness, .earliest)
        #expect(try harness.verdicts(3) == [.waiting, .filtered, .waiting])
    }
}
