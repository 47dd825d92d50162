// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// A redrive that goes on over restarts.
package struct StoredRedrive: Equatable, Sendable {
    /// The subscription's id.
    package var subscription: UInt64
    /// Which dead letters are meant.
    package var filter = Redrive.Filter()
    /// How many go a second.
    package var rate: UInt64
    /// How many were meant at the beginning.
    package var meant: UInt64
    /// How many have gone.
    package var done: UInt64 = 0
    /// How many of them died again.
    package var diedAgain: UInt64 = 0
    /// The next dead letter to be looked at.
    package var next: UInt64
    /// The offset behind the last dead letter that there was at the beginning.
    package var end: UInt64
    /// When it began, in Unix milliseconds.
    package var since: UInt64
    /// What became of the last ones that ended, a bit for each: 1 died again.
    package var outcomes: UInt64 = 0
    /// How many of those are known.
    package var outcomeCount: UInt64 = 0

    /// Makes a redrive that begins.
    package init(subscription: UInt64, rate: UInt64, meant: UInt64, next: UInt64, end: UInt64, since: UInt64) {
        self.subscription = subscription
        self.rate = rate
        self.meant = meant
        self.next = next
        self.end = end
        self.since = since
    }

    /// The key of the row of a subscription.
    package static func rowKey(subscription: UInt64) -> [UInt8] {
        withUnsafeBytes(of: subscription.bigEndian) { Array($0) }
    }

    /// Its row.
    package var row: KeyedRow {
        var writer = RowWriter()
        for value in [rate, meant, done, diedAgain, next, end, since, outcomes, outcomeCount] { writer.number(value) }
        writer.number(filter.since ?? .max)
        writer.number(filter.until ?? .max)
        for bytes in [filter.id, filter.key, filter.reason.map { Array($0.utf8) }, filter.code.map { Array($0.utf8) }] {
            writer.byte(bytes == nil ? 0 : 1)
            writer.data(bytes ?? [])
        }
        return KeyedRow(
            table: .redrives, key: Self.rowKey(subscription: subscription), value: writer.bytes, expiresAt: nil)
    }

    /// Reads a row.
    ///
    /// - Throws: `damaged` when it is not one.
    package init(_ row: KeyedRow, subscription: UInt64) throws(StoreError) {
        self.init(subscription: subscription, rate: 1, meant: 0, next: 0, end: 0, since: 0)
        try row.read { reader throws(StoreError) in
            rate = try reader.number()
            meant = try reader.number()
            done = try reader.number()
            diedAgain = try reader.number()
            next = try reader.number()
            end = try reader.number()
            since = try reader.number()
            outcomes = try reader.number()
            outcomeCount = try reader.number()
            filter.since = try Self.time(&reader)
            filter.until = try Self.time(&reader)
            filter.id = try Self.bytes(&reader)
            filter.key = try Self.bytes(&reader)
            filter.reason = try Self.bytes(&reader).map { String(decoding: $0, as: UTF8.self) }
            filter.code = try Self.bytes(&reader).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func time(_ reader: inout RowReader) throws(StoreError) -> UInt64? {
        let time = try reader.number()
        return time == .max ? nil : time
    }

    private static func bytes(_ reader: inout RowReader) throws(StoreError) -> [UInt8]? {
        let isThere = try reader.byte() != 0
        let bytes = Array(try reader.data())
        return isThere ? bytes : nil
    }
}
