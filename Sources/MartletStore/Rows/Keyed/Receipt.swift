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
    /// When it expires, in Unix milliseconds.
    package var expiresAt: UInt64

    /// Makes a receipt.
    package init(subscription: UInt64, key: [UInt8], outcome: String, time: UInt64, expiresAt: UInt64) {
        self.subscription = subscription
        self.key = key
        self.outcome = outcome
        self.time = time
        self.expiresAt = expiresAt
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
            table: .receipts, key: Self.rowKey(subscription: subscription, key: key), value: writer.bytes,
            expiresAt: expiresAt)
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

    /// When the receipt of a row was written, in Unix milliseconds.
    ///
    /// - Throws: `damaged` when it is not one.
    package static func time(of row: KeyedRow) throws(StoreError) -> UInt64 {
        var time: UInt64 = 0
        try row.read { reader throws(StoreError) in time = try reader.number() }
        return time
    }
}
