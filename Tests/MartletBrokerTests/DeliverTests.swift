// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

struct DeliverTests {
    @Test func `every subscription sees every message, and the consumers of one share them`() throws {
        let harness = try BrokerHarness()
        for connection in 1...3 { try harness.connect(UInt64(connection)) }
        try harness.send(1, .sub(1, "orders", "billing", window: 10))
        try harness.send(2, .sub(1, "orders", "billing", window: 10))
        try harness.send(3, .sub(1, "orders", "audit", window: 10))
        try harness.publish(3, "orders", "a", "b", "c", "d")
        let shared = harness.got(1) + harness.got(2)
        #expect(shared.map(\.offset).sorted() == [1, 2, 3, 4])
        #expect(harness.got(3).map(\.offset) == [1, 2, 3, 4])
    }

    @Test func `most free window comes first, then longest idle`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(window: 1))
        try harness.send(2, .sub(window: 2))
        try harness.publish(1, "orders", "a")
        #expect(harness.got(2).map(\.offset) == [1])
        // Now both have one free place, and the first consumer has been idle for longer.
        try harness.publish(1, "orders", "b")
        #expect(harness.got(1).map(\.offset) == [2])
        try harness.publish(1, "orders", "c", "d")
        #expect(harness.got(2).map(\.offset) == [3])
        #expect(harness.got(1).isEmpty)
    }

    @Test func `a window is never exceeded, and one that is set to 0 pauses`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 2))
        try harness.publish(1, "orders", "a", "b", "c", "d", "e")
        #expect(harness.got(1).map(\.offset) == [1, 2])
        try harness.send(1, .window(consumer: 1, window: 0), .settle(.ack, 1...2))
        #expect(harness.got(1).isEmpty)
        try harness.send(1, .window(consumer: 1, window: 3))
        #expect(harness.got(1).map(\.offset) == [3, 4, 5])
    }

    @Test func `the reply to SUB is out before its first message`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.publish(1, "orders", "a")
        _ = harness.heard(1)
        try harness.step([harness.input(1) { $0.add(.sub()) }])
        #expect(harness.got(1).isEmpty)
        try harness.sync()
        #expect(harness.heard(1) == ["OK created"])
        #expect(harness.got(1).map(\.offset) == [1])
    }

    @Test(arguments: [
        (Start.earliest, [UInt64(1), 2, 3, 4]), (.new, [4]), (.offset(3), [3, 4]), (.offset(4), [4]),
        (.offset(9), []), (.time(1_790_000_000_000), [1, 2, 3, 4]), (.time(1_790_000_001_000), [3, 4]),
        (.time(1_790_000_001_001), [4]),
    ]) func `a new subscription begins where it was said`(start: Start, expected: [UInt64]) throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.publish(1, "orders", "a", "b")
        try harness.pass(1_000)
        try harness.publish(1, "orders", "c")
        try harness.pass(500)
        try harness.send(1, .sub(from: start))
        try harness.publish(1, "orders", "d")
        #expect(harness.got(1).map(\.offset) == expected)
    }

    @Test func `a new subscription has to say where it begins, an existing one keeps its place`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(from: nil), .sub(from: .earliest), .unsubscribe(consumer: 1), .sub(from: nil))
        #expect(harness.heard(1) == ["ERR start-required", "OK created", "OK", "OK"])
    }

    @Test func `what comes back on disconnect is delivered first, in the order of offsets, uncounted`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(window: 3))
        try harness.publish(2, "orders", "a", "b", "c", "d")
        #expect(harness.got(1).count == 3)
        try harness.disconnect(1)
        try harness.send(2, .sub(window: 10))
        let got = harness.got(2)
        #expect(got.map(\.offset) == [1, 2, 3, 4])
        #expect(got.map(\.attempt) == [2, 2, 2, 1])
        #expect(try harness.info("orders", "billing").inFlight == 4)
    }

    @Test func `a touched message that is lost with its connection counts as a failure`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub { $0.backoff = [1_000] })
        try harness.publish(2, "orders", "a", "b")
        try harness.send(1, .touch(Touch(consumer: 1, tags: [1...1], extend: nil)))
        try harness.disconnect(1)
        try harness.send(2, .sub())
        #expect(harness.got(2).map(\.offset) == [2])
        try harness.pass(1_200)
        let again = harness.got(2)
        #expect(again.map(\.offset) == [1])
        #expect(again.map(\.attempt) == [2])
    }

    @Test func `a connection that takes nothing gets no more than its share`() throws {
        var configuration = BrokerConfiguration()
        configuration.deliveryBytes = 1_000
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        try harness.send(1, .sub(window: 100))
        let body = String(repeating: "x", count: 400)
        try harness.publish(1, "orders", body, body, body, body, body, body)
        #expect(harness.got(1).count == 3)
        try harness.run([.drained(ConnectionID(1))])
        #expect(harness.got(1).count == 3)
    }

    @Test func `a consumer with room is served although all of another connection are blocked`() throws {
        var configuration = BrokerConfiguration()
        configuration.deliveryBytes = 1_000
        for consumers in UInt64(1)...6 {
            let harness = try BrokerHarness(configuration)
            try harness.connect(1)
            try harness.connect(2)
            for number in 1...consumers { try harness.send(1, .sub(number, window: 1_000)) }
            try harness.send(2, .sub(window: 5))
            let body = String(repeating: "x", count: 400)
            for _ in 0..<20 { try harness.publish(2, "orders", body) }
            #expect(harness.got(1).count == 3)
            #expect(harness.got(2).count == 3, "with \(consumers) blocked consumers")
            try harness.run([.drained(ConnectionID(2))])
            #expect(harness.got(2).count == 2)
        }
    }

    @Test func `one that says goodbye gives back what it holds and gets nothing more`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub())
        try harness.publish(2, "orders", "a")
        #expect(harness.got(1).count == 1)
        try harness.send(2, .sub())
        try harness.send(1, .bye)
        #expect(harness.got(2).map(\.attempt) == [2])
        try harness.publish(2, "orders", "b")
        #expect(harness.got(1).isEmpty)
    }

    @Test func `a settle is answered before more work comes, unless the window was full`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(window: 10))
        try harness.publish(2, "orders", "a")
        #expect(harness.got(1).count == 1)
        _ = harness.heard(1)
        try harness.step([harness.input(2) { $0.publish("orders", "b") }])
        // The commit of this step makes the message of the step before durable.
        try harness.step([harness.input(1) { $0.ack(consumer: 1, first: 1, last: 1) }])
        #expect(harness.got(1).isEmpty)
        try harness.sync()
        #expect(harness.heard(1) == ["OK 1"])
        #expect(harness.got(1).map(\.offset) == [2])
    }

    @Test func `one that settles without end is not starved`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(window: 100))
        for _ in 0..<8 { try harness.publish(2, "orders", "old") }
        #expect(harness.got(1).count == 8)
        var delivered = 0
        for tag in UInt64(1)...8 {
            try harness.step([
                harness.input(2) { $0.publish("orders", "new") },
                harness.input(1) { $0.ack(consumer: 1, first: tag, last: tag) },
            ])
            delivered += harness.got(1).count
        }
        #expect(delivered >= 4)
    }
}
