// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

struct ReceiptTests {
    private func receipt(_ key: String, _ outcome: String = "done", keep: Int = 1_000) -> Command {
        .receipt(WriteReceipt(consumer: 1, key: Array(key.utf8), outcome: outcome, lifetime: keep))
    }

    /// A consumer that holds a message with each of some ids; nothing for one without.
    private func broker(_ ids: String...) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(1, "orders", "billing", window: 10))
        for id in ids { try harness.publish(1, "orders", "x", id: id) }
        _ = harness.got(1)
        return harness
    }

    private func again(_ harness: BrokerHarness) throws -> [String?] {
        try harness.connect(2)
        try harness.disconnect(1)
        try harness.send(2, .sub(1, "orders", "billing", window: 10))
        return harness.got(2).sorted { $0.offset < $1.offset }.map(\.receipt)
    }

    @Test func `a receipt is told with every later delivery, across a crash too`() throws {
        let harness = try broker("a", "")
        try harness.send(1, receipt("a"), receipt("#2", "half"))
        #expect(try again(harness) == ["done", "half"])
        try harness.crash()
        try harness.connect(1)
        try harness.send(1, .sub(1, "orders", "billing", window: 10))
        #expect(harness.got(1).map(\.receipt) == ["done", "half"])
    }

    @Test func `an id that looks like an offset is not taken for one`() throws {
        let harness = try broker("", "#1", "##1")
        try harness.send(1, receipt("#1"))
        #expect(try again(harness) == ["done", nil, nil])
        try harness.connect(1)
        try harness.send(2, receipt("##1", "marked"))
        try harness.disconnect(2)
        try harness.send(1, .sub(1, "orders", "billing", window: 10))
        #expect(harness.got(1).map(\.receipt) == ["done", "marked", nil])
    }

    @Test func `a receipt is told until its time is over, and then it goes`() throws {
        let harness = try broker("a")
        try harness.send(1, receipt("a", keep: 1_000))
        try harness.pass(999)
        #expect(try again(harness) == ["done"])
        try harness.pass(1)
        try harness.connect(1)
        try harness.disconnect(2)
        try harness.send(1, .sub(1, "orders", "billing", window: 10))
        #expect(harness.got(1).map(\.receipt) == [nil])
        try harness.pass(60_000)
        #expect(harness.store.contents.rows[.receipts]?.isEmpty == true)
    }

    @Test func `ids that are not asked for leave the memory and come back when they are`() throws {
        let harness = try broker("a")
        try harness.pass(600_000)
        try harness.pass(60_000)
        try harness.publish(1, "orders", "x", id: "a")
        #expect(harness.heard(1).last == "DUP 1")
    }
}
