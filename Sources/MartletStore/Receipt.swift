// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The outcome of a message that a subscription has handled.
package struct Receipt: Equatable, Sendable {
    /// The subscription's id.
    package var subscription: UInt64
    /// The message's id, or `#<offset>`.
    package var key: [UInt8]
    /// What came of it.
    package var outcome: String
    /// When it was written, in Unix milliseconds.
    package var time: UInt64
    /// When it goes, in Unix milliseconds.
    package var goes: UInt64

    /// Makes a receipt.
    package init(subscription: UInt64, key: [UInt8], outcome: String, time: UInt64, goes: UInt64) {
        self.subscription = subscription
        self.key = key
        self.outcome = outcome
        self.time = time
        self.goes = goes
    }

    /// The key of the row of a receipt.
    package static func rowKey(subscription: UInt64, key: some Sequence<UInt8>) -> [UInt8] {
        withUnsafeBytes(of: subscription.bigEndian) { Array($0) } + Array(key)
    }

    /// The row of the receipt.
    package var row: KeyedRow {
        var writer = RowWriter()
        writer.number(time)
        writer.text(outcome)
        return KeyedRow(
            table: .receipts, key: Self.rowKey(subscription: subscription, key: key), value: writer.bytes, goes: goes)
    }

    /// The outcome that a row holds.
    ///
    /// - Throws: `damaged` when it is not one.
    package static func outcome(of row: KeyedRow) throws(StoreError) -> String {
        var outcome = ""
        try row.read { reader throws(StoreError) in
            _ = try reader.number()
            outcome = try reader.text()
        }
        return outcome
    }
}

/// What became of a transaction that had an id.
package struct TransactionOutcome: Equatable, Sendable {
    /// The transaction's id.
    package var id: [UInt8]
    /// Whether it was committed; otherwise it was aborted.
    package var isCommitted: Bool
    /// When it goes, in Unix milliseconds.
    package var goes: UInt64

    /// Makes an outcome.
    package init(id: [UInt8], isCommitted: Bool, goes: UInt64) {
        self.id = id
        self.isCommitted = isCommitted
        self.goes = goes
    }

    /// The row of the outcome.
    package var row: KeyedRow { KeyedRow(table: .outcomes, key: id, value: [isCommitted ? 1 : 0], goes: goes) }

    /// Reads a row.
    package init(_ row: KeyedRow) {
        self.init(id: row.key, isCommitted: row.value.first == 1, goes: row.goes ?? 0)
    }
}
