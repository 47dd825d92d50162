// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletBroker

/// Clocks that are wrong for a while drop nothing, delay nothing and keep nothing forever.
struct ClockTests {
    private static let hour: UInt64 = 3_600_000
    private static let day: UInt64 = 24 * hour
    private static let decade: UInt64 = 3_650 * day

    private func harness(_ change: (inout SubscriptionOptions) -> Void = { _ in }) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(from: .earliest, change))
        try harness.publish(1, "orders", "a")
        return harness
    }

    @Test(arguments: [-1, 1])
    func `a delay runs on the clock that does not jump`(direction: Int64) throws {
        let harness = try harness()
        try harness.send(1, .settle(.nack, 1...1, delay: 60_000))
        harness.now.wall = UInt64(Int64(harness.now.wall) + direction * Int64(Self.hour))
        _ = harness.got(1)
        try harness.pass(59_999)
        #expect(harness.got(1).isEmpty)
        try harness.pass(1)
        #expect(harness.got(1).map(\.attempt) == [2])
        // What comes back after that is not held up by what came back before.
        try harness.send(1, .settle(.nack, 2...2, delay: 100))
        try harness.pass(100)
        #expect(harness.got(1).map(\.attempt) == [3])
    }

    @Test func `a clock that was far ahead delays nothing, restarts included`() throws {
        let harness = try BrokerHarness()
        harness.now.wall += Self.decade
        try harness.connect(1)
        try harness.send(1, .sub())
        try harness.publish(1, "orders", "a", "b")
        try harness.crash()
        try harness.connect(1)
        try harness.send(1, .sub(from: nil))
        try harness.send(1, .settle(.nack, 1...1, delay: 60_000))
        try harness.pass(1_000)
        harness.now.wall -= Self.decade
        try harness.crash()
        try harness.connect(1)
        try harness.send(1, .sub(from: nil))
        _ = harness.got(1)
        try harness.pass(60_000)
        #expect(harness.got(1).map(\.offset) == [1])
    }

    private func aged(_ maxAge: Int, unsettled: Unsettled = .drop) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        var options = TopicOptions()
        (options.maxAge, options.unsettled) = (maxAge, unsettled)
        try harness.connect(1)
        try harness.send(1, .createTopic(name: "orders", options: options))
        try harness.publish(1, "orders", "a", "b")
        return harness
    }

    @Test func `a clock that jumps ahead makes nothing old, and all goes in the end`() throws {
        let harness = try aged(100_000)
        harness.now.wall += Self.decade
        try harness.pass(1_000)
        try harness.publish(1, "orders", "c")
        try harness.pass(90_000)
        #expect(try harness.bodies("orders") == ["a", "b", "c"])
        try harness.pass(30_000)
        #expect(try harness.bodies("orders").isEmpty)
    }

    @Test func `a start with a clock of long ago, which is then put right, drops nothing`() throws {
        let harness = try aged(100_000)
        harness.now.wall = 1_000
        try harness.crash()
        try harness.connect(1)
        try harness.publish(1, "orders", "c")
        harness.now.wall = 1_790_000_002_000
        try harness.pass(60_000)
        #expect(try harness.bodies("orders") == ["a", "b", "c"])
    }

    @Test func `a start with a clock that is far ahead drops nothing that is not old`() throws {
        let harness = try aged(100_000)
        harness.now.wall += Self.decade
        try harness.crash()
        try harness.connect(1)
        try harness.publish(1, "orders", "c")
        try harness.pass(90_000)
        harness.now.wall -= Self.decade
        try harness.pass(1_000)
        #expect(try harness.bodies("orders") == ["a", "b", "c"])
    }

    @Test func `a clock that was far ahead keeps nothing forever`() throws {
        let harness = try aged(100_000)
        harness.now.wall += Self.decade
        try harness.pass(1_000)
        try harness.publish(1, "orders", "c")
        harness.now.wall -= Self.decade
        try harness.publish(1, "orders", "d")
        try harness.pass(99_000)
        #expect(try harness.bodies("orders") == ["a", "b", "c", "d"])
        try harness.pass(30_000)
        #expect(try harness.bodies("orders").isEmpty)
    }

    @Test func `ids are remembered for their window whatever the clock does`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.publish(1, "orders", "a", id: "x")
        harness.now.wall += Self.decade
        try harness.pass(Self.day / 2)
        try harness.publish(1, "orders", "a", id: "x")
        harness.now.wall -= Self.decade
        try harness.publish(1, "orders", "a", id: "x")
        #expect(harness.heard(1) == ["OK 1 subs=0", "DUP 1", "DUP 1"])
    }

    @Test func `a subscription cannot begin at a time to come`() throws {
        let harness = try harness()
        _ = harness.heard(1)
        try harness.send(1, .sub(2, "orders", "audit", from: .time(harness.now.wall + 1)))
        try harness.send(1, .sub(2, "orders", "audit", from: .time(harness.now.wall)))
        #expect(harness.heard(1) == ["ERR bad-argument", "OK created"])
    }

    @Test func `jumps are put together past a limit, and none is forgotten`() {
        var now = Moment(wall: Self.decade, steady: 0)
        var jumps = ClockJumps(start: now, lastTime: 0)
        for _ in 0..<200 {
            now.wall += 5_000
            now.steady += 1
            jumps.look(at: now)
        }
        #expect(jumps.slack(within: Self.day, countsDowntime: true, at: now) == 200 * 4_999)
        now.steady += Self.day
        now.wall += Self.day
        jumps.look(at: now)
        #expect(jumps.slack(within: Self.day, countsDowntime: true, at: now) == 0)
    }

    @Test func `a clock that is adjusted within a second has not jumped`() {
        var jumps = ClockJumps(start: Moment(wall: Self.decade, steady: 0), lastTime: 0)
        jumps.look(at: Moment(wall: Self.decade + 1_000, steady: 0))
        #expect(jumps.slack(within: Self.day, countsDowntime: true, at: Moment(wall: 0, steady: 0)) == 0)
        jumps.look(at: Moment(wall: Self.decade + 2_001, steady: 0))
        #expect(jumps.slack(within: Self.day, countsDowntime: true, at: Moment(wall: 0, steady: 0)) == 1_001)
    }

    @Test func `the time for which the broker was down counts only where that is asked`() {
        let now = Moment(wall: Self.decade, steady: 7)
        let jumps = ClockJumps(start: now, lastTime: Self.decade - 9_000)
        #expect(jumps.slack(within: Self.day, countsDowntime: false, at: now) == 9_000)
        #expect(jumps.slack(within: Self.day, countsDowntime: true, at: now) == 0)
    }
}
