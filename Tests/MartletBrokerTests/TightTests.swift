// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// With hardly any room left, what settles works, and what returns messages writes nothing.
struct TightTests {
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(
            1,
            .sub(window: 5_000) {
                $0.backoff = [1_000]
                $0.maxFailures = 3
            })
        return harness
    }

    @Test func `failures are counted in memory, keep their backoff, and make the dead letter once there is room`()
        throws
    {
        let harness = try harness()
        try harness.publish(1, "orders", "a")
        _ = harness.got(1)
        harness.store.isTight = true
        let commits = harness.store.history.count
        try harness.send(1, .settle(.nack, 1...1))
        #expect(try harness.info("orders", "billing").deferred == 1)
        try harness.pass(799)
        #expect(harness.got(1).isEmpty)
        try harness.pass(401)
        #expect(harness.got(1).map(\.attempt) == [2])
        try harness.send(1, .settle(.nack, 2...2))
        try harness.pass(1_200)
        try harness.send(1, .settle(.nack, 3...3))
        try harness.pass(1_200)
        #expect(harness.store.history.count == commits)
        harness.store.isTight = false
        #expect(harness.got(1).map(\.attempt) == [3, 4])
        try harness.send(1, .settle(.nack, 4...4))
        #expect(try harness.info("orders", "billing").dead == 1)
        #expect(try harness.bodies("$dead.orders.billing") == ["a"])
    }

    @Test func `acks and purges work, and what needs room is refused with what helps`() throws {
        let harness = try harness()
        try harness.publish(1, "orders", "a", "b")
        try harness.send(1, .set(SetRecord(space: "s", key: Array("k".utf8), expected: .any, value: [1])))
        _ = harness.heard(1)
        harness.store.isTight = true
        try harness.send(1, .unset(space: "s", key: Array("k".utf8), expected: .any))
        try harness.send(1, .settle(.ack, 1...1), .purge(topic: "orders", before: nil))
        try harness.publish(1, "orders", "c")
        #expect(harness.heard(1) == ["ERR full", "LOST 1 2 purged", "OK 1", "OK", "ERR full"])
        #expect(try harness.info("orders", "billing").backlog == 0)
    }

    @Test func `what makes a dead letter or waits for a person is refused while that cannot be written`() throws {
        let harness = try harness()
        try harness.publish(1, "orders", "a", "b")
        _ = (harness.got(1), harness.heard(1))
        harness.store.isTight = true
        try harness.send(1, .settle(.reject, 1...1), .settle(.park, 2...2))
        #expect(harness.heard(1) == ["ERR full", "ERR full"])
        try harness.send(1, .begin(id: nil, refusal: nil), .settle(.reject, 1...1), .commit)
        #expect(harness.heard(1).last?.hasPrefix("ERR tx 1:full") == true)
        #expect(try harness.info("orders", "billing").inFlight == 2)
        harness.store.isTight = false
        try harness.send(1, .settle(.reject, 1...1), .settle(.park, 2...2))
        #expect(harness.heard(1) == ["OK 1", "OK 1"])
        let info = try harness.info("orders", "billing")
        #expect([info.dead, info.parked, UInt64(info.inFlight)] == [1, 1, 0])
    }

    @Test func `what waits in memory is bounded`() throws {
        let harness = try harness()
        for batch in 0..<60 { try harness.publish(1, "orders", (0..<100).map { "\(batch).\($0)" }) }
        harness.store.isTight = true
        #expect(harness.got(1).count == 5_000)
        // Below the bound others go on past them; at it nothing new is handed out until what waits comes back.
        try harness.send(1, .settle(.nack, 1...100))
        #expect(harness.got(1).count == 100)
        try harness.send(1, .settle(.nack, 101...5_100))
        #expect(try harness.info("orders", "billing").deferred == 5_100)
        #expect(harness.got(1).isEmpty)
        try harness.pass(1_200)
        #expect(harness.got(1).count == 5_000)
    }

    @Test func `what waits in memory and is purged is gone`() throws {
        let harness = try harness()
        try harness.publish(1, "orders", "a", "b", "c")
        harness.store.isTight = true
        _ = harness.got(1)
        try harness.send(1, .settle(.nack, 1...3), .purge(topic: "orders", before: 3))
        #expect(try harness.info("orders", "billing").deferred == 1)
        try harness.pass(1_200)
        #expect(harness.got(1).map(\.offset) == [3])
    }

    @Test func `the room is measured before a publish is taken, when that was long ago`() throws {
        let harness = try harness()
        try harness.pass(1_000)
        let measures = harness.store.measures
        try harness.publish(1, "orders", "a")
        try harness.pass(999)
        #expect(harness.store.measures == measures)
        try harness.pass(1)
        #expect(harness.store.measures == measures + 1)
    }
}
