// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Finds places in the log by what packs say of themselves. Only packs whose checksum is right are believed.
extension DiskStore {
    /// What the end of a topic's log says.
    struct LogEnd {
        /// No offset behind the last message is lower than this.
        var next: UInt64
        /// Bytes of records that the topic took, as far as can be told.
        var total: UInt64
        /// When the last message was published that can be read, in Unix milliseconds.
        var time: UInt64
    }

    /// Damaged packs at the end of a log that are passed on the way to a good one: a start takes no longer.
    private static let passed = 1_000

    /// The end of a topic's log, nil when it is empty.
    func logEnd(of topic: UInt64, _ transaction: borrowing ReadTransaction) throws(StoreError) -> LogEnd? {
        try inCursor(transaction) { cursor in
            guard let last = try lastBase(of: topic, before: .max, cursor) else { return nil }
            if let header = try intactPack(topic, last, cursor) {
                return LogEnd(next: last + UInt64(header.count), total: header.total, time: header.time)
            }
            // A damaged pack may have held as many messages as a pack can; none of their offsets is given out again.
            var end = LogEnd(next: last + UInt64(Pack.messages), total: 0, time: 0)
            var base = last
            for _ in 0..<Self.passed {
                guard let before = try lastBase(of: topic, before: base, cursor) else { break }
                if let header = try intactPack(topic, before, cursor) {
                    end.total = header.total
                    end.time = header.time
                    break
                }
                base = before
            }
            return end
        }
    }

    /// The base of the first pack for which a condition holds that holds for all packs behind it too.
    ///
    /// Of damaged packs nothing is known: the search goes by those around them.
    private func firstPack(
        of topic: UInt64, where condition: (Pack) -> Bool
    ) throws(StoreError) -> UInt64? {
        try reading("the log") { transaction in
            try inCursor(transaction) { cursor in
                guard let last = try lastBase(of: topic, before: .max, cursor),
                    var low = try nextBase(of: topic, after: 0, cursor)
                else { return nil }
                if let header = try intactPack(topic, last, cursor), !condition(header) { return nil }
                var found = last
                var high = last
                while low < high {
                    let middle = low + (high - low) / 2
                    guard let start = try seekPack(topic, holding: middle, cursor)?.place().number else { break }
                    // Behind a hole the pack may begin behind the middle; each turn halves what is left all the same.
                    let below = min(start, middle)
                    guard let (base, header) = try firstIntact(topic, from: start, below: high, cursor) else {
                        high = below
                        continue
                    }
                    if condition(header) {
                        found = base
                        high = below
                    } else {
                        low = max(base + UInt64(header.count), middle + 1)
                    }
                }
                return found
            }
        }
    }

    package func offset(topic: UInt64, at time: UInt64) throws(StoreError) -> UInt64? {
        try firstPack(of: topic) { $0.time >= time }
    }

    package func offset(topic: UInt64, total: UInt64) throws(StoreError) -> UInt64? {
        try firstPack(of: topic) { $0.total > total }
    }

    package func total(topic: UInt64, before offset: UInt64) throws(StoreError) -> UInt64 {
        try reading("the log") { transaction in
            let found: UInt64? = try inCursor(transaction) { cursor in
                guard let start = try seekPack(topic, holding: offset, cursor)?.place().number,
                    let (_, header) = try firstIntact(topic, from: start, below: .max, cursor)
                else { return nil }
                return header.total - min(header.total, UInt64(header.payload))
            }
            if let found { return found }
            return try logEnd(of: topic, transaction)?.total ?? 0
        }
    }

    private func inCursor<Result>(
        _ transaction: borrowing ReadTransaction, _ body: (borrowing Cursor) throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try transaction.withCursor(on: tables.log, body)
        } catch {
            throw StoreError(reading: "the log", error)
        }
    }

    /// The base of the last pack of a topic below an offset.
    func lastBase(
        of topic: UInt64, before offset: UInt64, _ cursor: borrowing Cursor
    ) throws -> UInt64? {
        let behind = try cursor.seek(toOrAfter: keys.key(topic, offset))
        let last = behind == nil ? try cursor.last() : try cursor.previous()
        guard let last else { return nil }
        let place = try last.place()
        guard place.owner == topic else { return nil }
        guard place.number < offset else { throw KeyOrder.broken }
        return place.number
    }

    /// The first pack from a base on, and below an offset, whose checksum is right.
    private func firstIntact(
        _ topic: UInt64, from start: UInt64, below end: UInt64, _ cursor: borrowing Cursor
    ) throws -> (base: UInt64, header: Pack)? {
        var next: UInt64? = start
        while let base = next, base < end {
            if let header = try intactPack(topic, base, cursor) { return (base, header) }
            next = try nextBase(of: topic, after: base, cursor)
        }
        return nil
    }

    /// The header of the pack under a key, if the checksum over all its pieces is right.
    private func intactPack(
        _ topic: UInt64, _ base: UInt64, _ cursor: borrowing Cursor
    ) throws -> Pack? {
        guard let first = try cursor.seek(exactly: keys.key(topic, base)), let header = Pack(first.value) else {
            return nil
        }
        if !header.large { return Pack.isIntact(first.value, topic: topic, base: base) ? header : nil }
        // A damaged header may speak of gigabytes; memory is taken as pieces come.
        var whole = ByteSlab(capacity: Pack.largest)
        whole.append(first.value)
        while whole.count < Pack.headerSize + header.payload, let piece = try cursor.next(), piece.key.count == 20,
            piece.key.keyNumber() == topic, piece.key.keyNumber(at: 8) == base
        {
            whole.append(piece.value)
        }
        return Pack.isIntact(whole.bytes, topic: topic, base: base) ? header : nil
    }
}
