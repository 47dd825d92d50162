// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Reads of the log and of what was returned. No read transaction outlives the call.
extension DiskStore {
    /// Bytes read after which the pages are given back, so that what has been consumed leaves the resident set.
    private static let dropAfter = 64 << 20
    /// Endings that are looked at behind an offset for one that covers it.
    private static let nestedEndings = 16

    package func read(
        topic: UInt64, from offset: UInt64, bytes: Int
    ) throws(StoreError) -> StoredRead {
        let result: StoredRead = try reading("the log") { transaction in
            try transaction.withCursor(on: tables.log) { cursor in
                guard var first = try seekPack(topic, holding: offset, cursor) else { return .none }
                if try first.place().number > offset {
                    if let hole = try hole(topic, before: first, at: offset, cursor) { return .damaged(hole) }
                    // The cursor was moved.
                    first = try seekPack(topic, holding: offset, cursor) ?? first
                }
                return try load(from: first, topic, asked: offset, bytes, cursor)
            }
        }
        if case .segment(let segment) = result {
            readSinceDrop += segment.bytes.count
            if readSinceDrop > Self.dropAfter {
                readSinceDrop = 0
                do {
                    try environment.dropResidentPages()
                } catch {
                    throw StoreError(.failed, "cannot give pages back", cause: error)
                }
            }
        }
        return result
    }

    /// The pack that holds an offset, or the first one behind it.
    func seekPack(
        _ topic: UInt64, holding offset: UInt64, _ cursor: borrowing Cursor
    ) throws -> Entry? {
        let behind = try cursor.seek(toOrAfter: keys.key(topic, offset))
        let place = try behind?.place()
        if let behind, let place, place == (topic, offset), behind.key.count == 16 { return behind }
        let before = behind == nil ? try cursor.last() : try cursor.previous()
        if let before, try before.owner() == topic, before.key.count == 16 {
            let base = try before.place().number
            guard base < offset else { throw KeyOrder.broken }
            guard let header = Pack(before.value) else { return before }
            let end = base + UInt64(header.count)
            if end > offset { return before }
            // Offsets have no holes: a pack that ends too early may hold the offset and not know it any more.
            if let place, place.owner == topic, place.number != end,
                !Pack.isIntact(before.value, topic: topic, base: base)
            {
                return before
            }
        }
        return try nextPack(of: topic, from: offset, cursor)
    }

    /// The first pack whose base is not below an offset.
    private func nextPack(
        of topic: UInt64, from offset: UInt64, _ cursor: borrowing Cursor
    ) throws -> Entry? {
        var order = KeyOrder()
        var entry = try order.pass(cursor.seek(toOrAfter: keys.key(topic, offset)))
        while let found = entry, try found.owner() == topic {
            if found.key.count == 16 {
                guard try found.place().number >= offset else { throw KeyOrder.broken }
                return found
            }
            entry = try order.pass(cursor.next())
        }
        return nil
    }

    /// The offsets between the pack before and the first one behind an offset: packs that are missing.
    ///
    /// Nothing is missing before the first pack that a topic has: what lay there was dropped, or the broker knows.
    private func hole(
        _ topic: UInt64, before first: Entry, at offset: UInt64, _ cursor: borrowing Cursor
    ) throws -> Range<UInt64>? {
        let base = try first.place().number
        guard let before = try lastBase(of: topic, before: offset, cursor) else { return nil }
        let header = try cursor.seek(exactly: keys.key(topic, before)).flatMap { Pack($0.value) }
        return max(offset, before + UInt64(header?.count ?? 1))..<base
    }

    private func load(
        from first: Entry, _ topic: UInt64, asked: UInt64, _ bytes: Int, _ cursor: borrowing Cursor
    ) throws -> StoredRead {
        let base = try first.place().number
        let segment = Segment(topic: topic, base: base, total: 0, packLimit: 0, capacity: bytes + Pack.largest)
        var entry: Entry? = first
        while let pack = entry, try pack.place() == (topic, segment.end), pack.key.count == 16 {
            guard segment.bytes.count < bytes else { break }
            let start = segment.bytes.count
            let total = segment.total
            guard let header = Pack(pack.value), header.count > 0 else { break }
            segment.load(pack: pack.value, count: header.count, total: header.total)
            entry = try cursor.next()
            let end = start + Pack.headerSize + header.payload
            while segment.bytes.count < end, let piece = entry, piece.key.count == 20,
                try piece.place() == (topic, segment.end - 1)
            {
                segment.load(piece: piece.value)
                entry = try cursor.next()
            }
            let packBase = segment.end - UInt64(header.count)
            let whole = UnsafeRawBufferPointer(rebasing: segment.bytes[start...])
            guard whole.count == Pack.headerSize + header.payload,
                Pack.isIntact(whole, topic: topic, base: packBase)
            else {
                segment.unload(from: start, count: header.count, total: total)
                break
            }
        }
        segment.closeLoaded()
        if segment.count > 0 { return .segment(segment) }
        // The pack at hand cannot be read; what lies behind it may be good.
        let next = try nextBase(of: topic, after: base, cursor)
        let end = next ?? max(base + UInt64(Pack(first.value)?.count ?? 1), asked + 1)
        return .damaged(max(asked, base)..<max(end, max(asked, base) + 1))
    }

    func nextBase(
        of topic: UInt64, after base: UInt64, _ cursor: borrowing Cursor
    ) throws -> UInt64? {
        try nextPack(of: topic, from: base + 1, cursor)?.place().number
    }

    package func deferred(position: UInt64, offset: UInt64) throws(StoreError) -> Deferred? {
        try reading("returned messages") { transaction in
            do {
                guard let value = try transaction.get(keys.key(position, offset), in: tables.deferred) else {
                    return nil
                }
                return try Deferred(offset: offset, value)
            } catch let error as StoreError where error.code == .damaged {
                damagedRows += 1
                return try withoutHistory(offset, of: position, transaction)
            }
        }
    }

    /// What stands in for a row that is damaged: the message is delivered again as if it never had been.
    private func withoutHistory(
        _ offset: UInt64, of position: UInt64, _ transaction: borrowing ReadTransaction
    ) throws -> Deferred {
        // Its place in the index is known, so that it can be taken from there.
        let due = try indexedTime(of: offset, position, transaction) ?? 0
        return Deferred(
            offset: offset, failures: 0, deliveries: 0, due: due, firstDelivered: 0, note: "", attempts: [])
    }

    package func deferredOffsets(
        position: UInt64, in range: Range<UInt64>, limit: Int
    ) throws(StoreError) -> [UInt64] {
        try reading("returned messages") { transaction in
            try transaction.withCursor(on: tables.deferred.table) { cursor in
                var offsets: [UInt64] = []
                var order = KeyOrder()
                var entry = try order.pass(cursor.seek(toOrAfter: keys.key(position, range.lowerBound)))
                while offsets.count < limit, let row = entry, case let place = try row.place(),
                    place.owner == position, place.number < range.upperBound
                {
                    if try isIndexed(row, at: place, transaction) { offsets.append(place.number) }
                    entry = try order.pass(cursor.next())
                }
                return offsets
            }
        }
    }

    package func ending(position: UInt64, of offset: UInt64) throws(StoreError) -> Ending? {
        try reading("endings") { transaction -> Ending? in
            for table in [tables.endings, tables.losses] {
                let found = try transaction.withCursor(on: table.table) { cursor -> Ending? in
                    // A single one may lie within a range that was put together of others.
                    var entry = try cursor.seek(toOrAfter: keys.key(position, offset))
                    for _ in 0..<Self.nestedEndings {
                        guard let row = entry, case let place = try row.place(), place.owner == position else {
                            return nil
                        }
                        let ending = try Ending(last: place.number, try table.value(of: row))
                        if ending.first <= offset { return ending }
                        entry = try cursor.next()
                    }
                    return nil
                }
                if let found { return found }
            }
            return nil
        }
    }

    package func lastLoss(position: UInt64) throws(StoreError) -> Ending? {
        try reading("losses") { transaction in
            try transaction.withCursor(on: tables.losses.table) { cursor in
                let behind = try cursor.seek(toOrAfter: keys.key(position, .max))
                let row = behind == nil ? try cursor.last() : try cursor.previous()
                guard let row, case let place = try row.place(), place.owner == position else { return nil }
                return try Ending(last: place.number, try tables.losses.value(of: row))
            }
        }
    }
}
