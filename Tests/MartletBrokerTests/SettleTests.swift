// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

struct SettleTests {
    private func harness(_ count: Int, window: Int = 100) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: window) { $0.backoff = [1_000, 2_000] })
        for number in 1...count { try harness.publish(1, "orders", "\(number)") }
        _ = harness.heard(1)
        return harness
    }

    @Test func `acks may be ranges and lists, in any order`() throws {
        let harness = try harness(10)
        try harness.send(1, .settle(.ack, 9...10, 1...1, 3...4))
        #expect(harness.heard(1) == ["OK 5"])
        let info = try harness.info("orders", "billing")
        #expect(info.floor == 1)
        #expect(info.backlog == 5)
        #expect(info.inFlight == 5)
    }

    @Test func `repeating a settle that succeeded is answered OK and changes nothing`() throws {
        let harness = try harness(3)
        try harness.send(1) { $0.ack(consumer: 1, first: 1, last: 2) }
        try harness.send(1) { $0.ack(consumer: 1, first: 1, last: 2) }
        try harness.send(1, .settle(.nack, 1...2), .settle(.reject, 1...1))
        #expect(harness.heard(1) == ["OK 2", "OK 2", "OK 2", "OK 1"])
        let info = try harness.info("orders", "billing")
        #expect(info.floor == 2)
        #expect(info.dead == 0)
    }

    @Test func `a tag that has lost its lease is named, and settling it changes nothing`() throws {
        let harness = try harness(3)
        try harness.pass(30_000)
        #expect(harness.heard(1) == ["LOST 1 1,2,3 timeout"])
        try harness.send(1) { $0.ack(consumer: 1, first: 1, last: 3) }
        #expect(harness.heard(1) == ["OK 0 lost=1-3"])
        #expect(try harness.info("orders", "billing").backlog == 3)
    }

    @Test func `a tag that was never given has no lease`() throws {
        let harness = try harness(2)
        try harness.send(1, .settle(.ack, 2...9), .settle(.release, 50...50))
        #expect(harness.heard(1) == ["OK 1 lost=3-9", "OK 0 lost=50"])
    }

    @Test func `a settle costs what is outstanding, however wide its range`() throws {
        let harness = try harness(3)
        try harness.send(1) { $0.ack(consumer: 1, first: 1, last: UInt64(Int64.max)) }
        #expect(harness.heard(1) == ["OK 3 lost=4-9223372036854775807"])
        #expect(try harness.info("orders", "billing").backlog == 0)
    }

    @Test func `a consumer settles only its own deliveries`() throws {
        let harness = try harness(1)
        try harness.connect(2)
        try harness.send(2, .sub(2), .settle(.ack, 1...1, consumer: 2), .settle(.ack, 1...1, consumer: 1))
        #expect(harness.heard(2) == ["OK", "OK 0 lost=1", "ERR unknown-consumer"])
    }

    @Test func `a release comes back at once and counts no failure`() throws {
        let harness = try harness(1)
        _ = harness.got(1)
        for attempt in UInt32(2)...10 {
            try harness.send(1, .settle(.release, UInt64(attempt - 1)...UInt64(attempt - 1)))
            #expect(harness.got(1).map(\.attempt) == [attempt])
        }
        #expect(try harness.info("orders", "billing").dead == 0)
    }

    @Test func `a release with a delay comes back when it is due and counts no failure`() throws {
        let harness = try harness(1)
        _ = harness.got(1)
        try harness.send(1, .settle(.release, 1...1, delay: 5_000))
        #expect(harness.got(1).isEmpty)
        #expect(try harness.info("orders", "billing").deferred == 1)
        try harness.pass(4_999)
        #expect(harness.got(1).isEmpty)
        try harness.pass(1)
        #expect(harness.got(1).map(\.attempt) == [2])
    }

    @Test func `what was returned takes no window`() throws {
        let harness = try harness(5, window: 1)
        _ = harness.got(1)
        for tag in UInt64(1)...4 { try harness.send(1, .settle(.nack, tag...tag, delay: 60_000)) }
        #expect(harness.got(1).map(\.offset) == [2, 3, 4, 5])
        #expect(try harness.info("orders", "billing").deferred == 4)
    }

    @Test func `a touch extends one lease and leaves the others`() throws {
        let harness = try harness(2)
        try harness.pass(20_000)
        try harness.send(1, .touch(Touch(consumer: 1, tags: [1...1], extend: 60_000)))
        #expect(harness.heard(1) == ["OK 1 until=\(harness.now.wall + 60_000)"])
        try harness.pass(10_000)
        #expect(harness.heard(1) == ["LOST 1 2 timeout"])
        try harness.pass(49_999)
        #expect(harness.heard(1).isEmpty)
        try harness.pass(1)
        #expect(harness.heard(1) == ["LOST 1 1 timeout"])
    }

    @Test func `a lease runs out in time although another was extended for long`() throws {
        let harness = try harness(1)
        try harness.send(1, .touch(Touch(consumer: 1, tags: [1...1], extend: 3_600_000)))
        try harness.pass(1_000)
        try harness.publish(1, "orders", "late")
        _ = harness.heard(1)
        try harness.pass(30_000)
        #expect(harness.heard(1) == ["LOST 1 2 timeout"])
    }

    @Test func `a release that has nothing to commit is delivered again without waiting for anybody`() throws {
        let harness = try harness(1)
        try harness.connect(2)
        _ = harness.got(1)
        try harness.step([harness.input(2) { $0.publish("other", "x") }])
        try harness.step([harness.input(1) { $0.add(.settle(.release, 1...1)) }])
        try harness.sync()
        #expect(harness.heard(1) == ["OK 1"])
        #expect(harness.got(1).map(\.attempt) == [2])
    }

    @Test func `touches cannot hold a message past the cap`() throws {
        var configuration = BrokerConfiguration()
        configuration.leaseCap = 50_000
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.send(1, .sub())
        try harness.publish(1, "orders", "a")
        _ = harness.heard(1)
        let delivered = harness.now.wall
        try harness.pass(25_000)
        try harness.send(1, .touch(Touch(consumer: 1, tags: [1...1], extend: 40_000)))
        #expect(harness.heard(1) == ["OK 1 until=\(delivered + 50_000)"])
        try harness.pass(25_000)
        #expect(harness.heard(1) == ["LOST 1 1 timeout"])
    }

    @Test func `a touch of what is settled or lost names it`() throws {
        let harness = try harness(3)
        try harness.send(1) { $0.ack(consumer: 1, first: 2, last: 2) }
        try harness.send(1, .touch(Touch(consumer: 1, tags: [1...4], extend: nil)))
        #expect(harness.heard(1) == ["OK 1", "OK 2 until=\(harness.now.wall + 30_000) lost=2,4"])
    }
}
