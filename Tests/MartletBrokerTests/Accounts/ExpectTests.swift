// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// What was to happen and did not is itself a message (semantics 6).
struct ExpectTests {
    private static let missed = "$sys.expect.missed"

    private func harness(_ change: (inout SubscriptionOptions) -> Void = { _ in }) throws -> BrokerHarness {
        try BrokerHarness.account(change)
    }

    private func expect(
        _ harness: BrokerHarness, _ within: Int, lookback: Int = 0, id: String = "", answer: String = "OK"
    ) throws {
        var request = Expect(process: Array("p-1".utf8), topic: "orders", within: within)
        (request.lookback, request.id) = (lookback, Array(id.utf8))
        try harness.say(.expect(request), answer: answer)
    }

    private func misses(_ harness: BrokerHarness) throws -> Int { try harness.bodies(Self.missed).count }

    @Test func `a message that comes in time costs no message, and one that does not is told once`() throws {
        let harness = try harness()
        try expect(harness, 5_000)
        try harness.pass(4_999)
        try harness.put("a", process: "p-1")
        try harness.pass(60_000)
        #expect(try misses(harness) == 0)
        try expect(harness, 5_000)
        try harness.pass(4_999)
        #expect(try misses(harness) == 0)
        try harness.pass(1)
        try harness.put("b", process: "p-1")
        try harness.pass(60_000)
        #expect(try misses(harness) == 1)
        #expect(try harness.bodies(Self.missed).allSatisfy { $0.contains(#""process":"p-1""#) })
    }

    @Test func `only the process and the topic that are meant meet it`() throws {
        let harness = try harness()
        try expect(harness, 1_000)
        try harness.put("a", process: "p-2")
        try harness.put("b", process: "p-1", to: "news")
        try harness.pass(1_000)
        #expect(try misses(harness) == 1)
    }

    @Test func `a second one replaces the first, and one with another id does not`() throws {
        let harness = try harness()
        try expect(harness, 1_000)
        try expect(harness, 3_000)
        try expect(harness, 2_000, id: "other")
        try harness.pass(1_999)
        #expect(try misses(harness) == 0)
        try harness.pass(1)
        #expect(try misses(harness) == 1)
        try harness.pass(1_000)
        #expect(try misses(harness) == 2)
    }

    @Test func `it can be taken back`() throws {
        let harness = try harness()
        try expect(harness, 1_000)
        let unexpect = Command.unexpect(process: Array("p-1".utf8), topic: "orders", id: [])
        _ = harness.heard(1)
        try harness.send(1, unexpect)
        #expect(harness.heard(1).first?.hasPrefix("OK") == true)
        try harness.say(unexpect, answer: "OK 0")
        try harness.pass(2_000)
        #expect(try misses(harness) == 0)
    }

    @Test func `one that came before counts as far as it is looked back`() throws {
        let harness = try harness()
        try harness.put("a", process: "p-1")
        try harness.put("b", process: "p-1")
        try harness.pass(2_000)
        try expect(harness, 1_000, lookback: 2_000, answer: "OK met=2")
        try expect(harness, 1_000, lookback: 1_999)
        try harness.pass(1_000)
        #expect(try misses(harness) == 1)
    }

    @Test func `what is scheduled meets it when it is due`() throws {
        let harness = try harness()
        try expect(harness, 2_000)
        try harness.put("a", process: "p-1", .delay(1_000))
        try expect(harness, 500, id: "short")
        try harness.pass(500)
        #expect(try misses(harness) == 1)
        try harness.pass(5_000)
        #expect(try misses(harness) == 1)
    }

    @Test func `it survives a restart`() throws {
        let harness = try harness()
        try expect(harness, 5_000)
        try harness.restart(after: 3_000)
        try harness.pass(1_999)
        #expect(try misses(harness) == 0)
        try harness.pass(1)
        #expect(try misses(harness) == 1)
        try harness.restart(after: 3_000)
        try harness.pass(10_000)
        #expect(try misses(harness) == 1)
    }

    @Test func `a subscription may be expected to settle every message in time`() throws {
        let harness = try harness { $0.expect = 5_000 }
        try harness.serve()
        try harness.put("a")
        try harness.pass(4_999)
        try harness.settle(.ack, 1)
        try harness.put("b")
        try harness.pass(4_999)
        #expect(try misses(harness) == 0)
        try harness.pass(1_001)
        #expect(try misses(harness) == 1)
        #expect(try harness.bodies(Self.missed).allSatisfy { $0.contains(#""verdict":"leased""#) })
        try harness.pass(60_000)
        #expect(try misses(harness) == 1)
    }
}
