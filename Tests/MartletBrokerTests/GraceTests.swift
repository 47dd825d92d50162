// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

@Suite("Grace") struct GraceTests {
    private static func sub(grace: Int = 30_000) -> Command {
        .subscribe(
            Subscribe(
                consumer: 1, topic: "orders", subscription: "billing", window: nil, grace: grace, from: .earliest))
    }

    @Test func `a consumer whose connection ends before its reply is out gets nothing`() throws {
        let harness = try BrokerHarness()
        for connection in 1...2 { try harness.connect(UInt64(connection)) }
        try harness.publish(2, "orders", "one", "two")
        try harness.step([harness.input(1) { $0.add(Self.sub()) }])
        // Its commit is on the way, and the connection is gone before that is durable.
        try harness.step([.disconnected(ConnectionID(1))])
        try harness.sync()
        try harness.pass(1)
        #expect(harness.got(1).isEmpty)
        #expect(try harness.info("orders", "billing").inFlight == 0)
        try harness.send(2, .sub(2))
        #expect(harness.got(2).map(\.offset) == [1, 2])
    }

    @Test func `a consumer that comes back before that goes on`() throws {
        let harness = try BrokerHarness()
        for connection in 1...2 { try harness.connect(UInt64(connection)) }
        try harness.publish(2, "orders", "one")
        try harness.step([harness.input(1) { $0.add(Self.sub()) }])
        try harness.step([.disconnected(ConnectionID(1))])
        try harness.sync()
        try harness.connect(3, resuming: "session-1")
        try harness.send(3, Self.sub())
        #expect(harness.heard(3) == ["WELCOME session-1", "OK resumed="])
        #expect(harness.got(3).map(\.offset) == [1])
    }

    @Test func `a grace that is shorter than the one before ends when it says`() throws {
        let harness = try BrokerHarness()
        for connection in 1...2 { try harness.connect(UInt64(connection)) }
        try harness.publish(2, "orders", "one")
        try harness.send(1, Self.sub(grace: 30_000))
        try harness.disconnect(1)
        try harness.connect(3, resuming: "session-1")
        try harness.send(3, Self.sub(grace: 1_000))
        try harness.disconnect(3)
        try harness.send(2, .sub(2))
        try harness.pass(999)
        #expect(harness.got(2).isEmpty)
        try harness.pass(1)
        #expect(harness.got(2).map(\.offset) == [1])
    }
}

@Suite("Room for transactions") struct TransactionRoomTests {
    private static func set(_ key: String, _ size: Int) -> Command {
        .set(
            SetRecord(
                space: "p", key: Array(key.utf8), expected: .any, lifetime: nil,
                value: [UInt8](repeating: 0, count: size)))
    }

    @Test func `all open transactions together hold what they may, and one byte more is refused`() throws {
        var configuration = BrokerConfiguration()
        configuration.transactionsBytes = 1_000
        let harness = try BrokerHarness(configuration)
        for connection in 1...3 {
            try harness.connect(UInt64(connection))
            try harness.send(UInt64(connection), .begin(id: nil, refusal: nil))
        }
        // Each counts with 64 bytes more than its space, its key and its value.
        try harness.send(1, Self.set("a", 434))
        try harness.send(2, Self.set("b", 434))
        #expect(harness.heard(1) == ["OK", "QUEUED"])
        #expect(harness.heard(2) == ["OK", "QUEUED"])
        try harness.send(3, .unset(space: "p", key: [], expected: .any))
        #expect(harness.heard(3) == ["OK", "ERR busy"])
        try harness.send(3, .commit)
        #expect(harness.heard(3) == ["ERR tx 1:busy"])
        // What one held is there for the others when it ends, however it does.
        try harness.send(1, .abort, .begin(id: nil, refusal: nil), Self.set("a", 434))
        #expect(harness.heard(1) == ["OK", "OK", "QUEUED"])
        try harness.send(2, .commit, .begin(id: nil, refusal: nil), Self.set("b", 434))
        #expect(harness.heard(2) == ["OK 1", "OK", "QUEUED"])
        try harness.disconnect(1)
        try harness.send(3, .begin(id: nil, refusal: nil), Self.set("c", 435))
        #expect(harness.heard(3) == ["OK", "ERR busy"])
        try harness.send(3, .abort, .begin(id: nil, refusal: nil), Self.set("c", 434))
        #expect(harness.heard(3) == ["OK", "OK", "QUEUED"])
        try harness.pass(UInt64(configuration.transactionTime))
        try harness.connect(4)
        try harness.send(4, .begin(id: nil, refusal: nil), Self.set("d", 934))
        #expect(harness.heard(4) == ["OK", "QUEUED"])
    }
}
