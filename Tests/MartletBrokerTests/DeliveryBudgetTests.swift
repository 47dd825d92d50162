// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

/// What all connections together get before they take some of it.
struct DeliveryBudgetTests {
    private static let messages = 400
    /// A message's record and what is counted for its head.
    private static let messageBytes = 1_200
    private static let silent: ClosedRange<UInt64> = 1...60

    /// A topic of 400 messages of 1,000 bytes, and a broker that hands out 1 MiB in all.
    private static func harness() throws -> BrokerHarness {
        var configuration = BrokerConfiguration()
        configuration.deliveriesBytes = 1 << 20
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        let body = String(repeating: "x", count: 1_000)
        try harness.publish(1, "orders", Array(repeating: body, count: messages))
        for connection in silent.dropFirst() { try harness.connect(connection) }
        return harness
    }

    private static func subscribe(_ harness: BrokerHarness, _ connection: UInt64) throws {
        try harness.send(connection, .sub(1, "orders", "s\(connection)", window: 1_000))
    }

    private static func untaken(_ harness: BrokerHarness) throws -> Int {
        guard case .broker(let info)? = try harness.ask([.info(.broker)]).first else { return -1 }
        return info.untakenBytes
    }

    @Test func `a connection may have a sixteenth of what is left, at most its own limit and at least 16 KiB`() {
        var budget = DeliveryBudget(most: 4 << 20, total: 128 << 20)
        #expect(budget.allowance == 4 << 20)
        budget.handOut(64 << 20)
        #expect(budget.allowance == 4 << 20)
        budget.handOut(16)
        #expect(budget.allowance == (4 << 20) - 1)
        budget.handOut((64 << 20) - 16 - (16 << 14))
        #expect(budget.allowance == 16 << 10)
        budget.handOut(1 << 30)
        #expect(budget.allowance == 16 << 10)
        budget.giveBack(budget.untaken)
        #expect(budget.allowance == 4 << 20)
        #expect(DeliveryBudget(most: 100, total: 0).allowance == 100)
    }

    @Test func `all are asked once more than half is out, and again for each eighth`() {
        var budget = DeliveryBudget(most: 100, total: 8_000)
        budget.handOut(4_000)
        let half = budget.asksAll()
        budget.handOut(1)
        let more = budget.asksAll()
        budget.handOut(1_000)
        let eighth = budget.asksAll()
        budget.handOut(1)
        let moreAgain = budget.asksAll()
        #expect([half, more, eighth, moreAgain] == [false, true, false, true])
    }

    @Test func `of many that take nothing each gets less, and all of them no more than there is`() throws {
        let harness = try Self.harness()
        for connection in Self.silent { try Self.subscribe(harness, connection) }
        let got = Self.silent.map { harness.got($0).count }
        #expect(got[0] > got[10])
        #expect(got.allSatisfy { $0 >= (16 << 10) / Self.messageBytes }, "none is left out")
        let slack = DeliveryBudget.least + Self.messageBytes
        #expect(try Self.untaken(harness) <= (1 << 20) + Self.silent.count * slack)
        #expect(try Self.untaken(harness) >= got.reduce(0, +) * 1_000)
    }

    @Test func `no turn hands out more than 8 MiB and a message, and the next one goes on`() throws {
        let harness = try BrokerHarness()
        let size = 400_000
        try harness.connect(1)
        try harness.publish(1, "orders", Array(repeating: String(repeating: "x", count: size), count: 30))
        let readers: ClosedRange<UInt64> = 2...7
        for reader in readers { try harness.connect(reader) }
        try harness.run(readers.map { reader in harness.input(reader) { $0.add(.sub(1, "orders", "s\(reader)")) } })
        let turns = Dictionary(grouping: harness.gotByAll(), by: \.turn).values.map { $0.reduce(0) { $0 + $1.size } }
        #expect(turns.allSatisfy { $0 <= DeliveryBudget.stepBytes + size + 100 })
        #expect(turns.reduce(0, +) > 2 * DeliveryBudget.stepBytes)
    }

    @Test func `nothing is kept read ahead for those who take nothing, once room is scarce`() throws {
        let harness = try Self.harness()
        for connection in Self.silent { try Self.subscribe(harness, connection) }
        let subscriptions = try #require(harness.broker.topics["orders"]?.subscriptions)
        let readAhead = Self.silent.filter { connection in
            subscriptions.contains { $0.name == "s\(connection)" && $0.lane.reader?.offset != nil }
        }
        #expect(readAhead.contains(1), "there was room for it")
        #expect(readAhead.count < 15)
    }

    @Test func `one that reads beside them gets everything`() throws {
        let harness = try Self.harness()
        for connection in Self.silent { try Self.subscribe(harness, connection) }
        try harness.connect(100)
        try Self.subscribe(harness, 100)
        var got = harness.got(100).map(\.offset)
        while harness.blocked.contains(100) {
            try harness.run([.drained(ConnectionID(100))])
            got += harness.got(100).map(\.offset)
        }
        #expect(got == Array(1...UInt64(Self.messages)))
    }

    @Test func `those who have taken little are asked too, and count no more`() throws {
        let harness = try Self.harness()
        // None of them has so much that it is blocked.
        for connection in Self.silent {
            try harness.send(connection, .sub(1, "orders", "s\(connection)", window: 14))
        }
        let all = try Self.untaken(harness)
        #expect(all > 1 << 19)
        for connection in harness.blocked.sorted() { try harness.run([.drained(ConnectionID(connection))]) }
        #expect(try Self.untaken(harness) < all / 2)
    }

    @Test func `what is delivered behind the question is not counted as taken, and is asked about in turn`() throws {
        let harness = try Self.harness()
        for connection in Self.silent {
            try harness.send(connection, .sub(1, "orders", "s\(connection)", window: 14))
        }
        // It was asked, and is not blocked.
        #expect(harness.blocked.contains(1))
        let before = try Self.untaken(harness)
        _ = harness.got(1)
        try harness.send(1, .window(consumer: 1, window: 15))
        #expect(harness.got(1).count == 1)
        let message = try Self.untaken(harness) - before
        try harness.run([.drained(ConnectionID(1))])
        #expect(try Self.untaken(harness) == before - 13 * message)
        #expect(harness.blocked.contains(1))
        try harness.run([.drained(ConnectionID(1))])
        #expect(try Self.untaken(harness) == before - 14 * message)
        #expect(!harness.blocked.contains(1))
    }

    @Test func `what was for a connection that is gone counts no more`() throws {
        let harness = try Self.harness()
        for connection in Self.silent { try Self.subscribe(harness, connection) }
        for connection in Self.silent { try harness.disconnect(connection) }
        #expect(try Self.untaken(harness) == 0)
    }
}
