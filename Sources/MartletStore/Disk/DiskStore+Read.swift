// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Reads of the log and of what was returned. No read transaction outlives the call.
extension DiskStore {
    /// Bytes read after which the pages are given back, so that what has been consumed leaves the resident set.
    private static let dropAfter = 64 << 20

    package func read(
        topic: UInt64, from offset: UInt64, bytes: Int
    ) throws(StoreError) -> StoredRead {
        let result: StoredRead = try reading("the log") { transaction in
            try transaction.withCursor(on: tables.log) { cursor in
                guard let first = try seekPack(topic, holding: offset, cursor) else { return .none }
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
    ) throws(LMDBError) -> Entry? {
        let behind = try cursor.seek(toOrAfter: keys.key(topic, offset))
        if let behind, behind.key.keyNumber() == topic, behind.key.count == 16, behind.key.keyNumber(at: 8) == offset {
            return behind
        }
        let before = behind == nil ? try cursor.last() : try cursor.previous()
        if let before, before.key.keyNumber() == topic, before.key.count == 16 {
            let base = before.key.keyNumber(at: 8)
            guard let header = Pack(before.value) else { return before }
            let end = base + UInt64(header.count)
            if end > offset { return before }
            // Offsets have no holes: a pack that ends too early may hold the offset and not know it any more.
            if let behind, behind.key.keyNumber() == topic, behind.key.keyNumber(at: 8) != end,
                !Pack.isIntact(before.value, topic: topic, base: base)
            {
                return before
            }
        }
        var entry = try cursor.seek(toOrAfter: keys.key(topic, offset))
        while let found = entry, found.key.keyNumber() == topic {
            if found.key.count == 16 { return found }
            entry = try cursor.next()
        }
        return nil
    }

    private func load(
        from first: Entry, _ topic: UInt64, asked: UInt64, _ bytes: Int, _ cursor: borrowing Cursor
    ) throws(LMDBError) -> StoredRead {
        let base = first.key.keyNumber(at: 8)
        let segment = Segment(topic: topic, base: base, total: 0, packLimit: 0, capacity: bytes + Pack.largest)
        var entry: Entry? = first
        while let pack = entry, pack.key.keyNumber() == topic, pack.key.keyNumber(at: 8) == segment.end {
            guard segment.bytes.count < bytes else { break }
            let start = segment.bytes.count
            let total = segment.total
            guard let header = Pack(pack.value), header.count > 0 else { break }
            segment.load(pack: pack.value, count: header.count, total: header.total)
            entry = try cursor.next()
            while let piece = entry, piece.key.count == 20, piece.key.keyNumber() == topic,
                piece.key.keyNumber(at: 8) + 1 == segment.end
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
    ) throws(LMDBError) -> UInt64? {
        var entry = try cursor.seek(toOrAfter: keys.key(topic, base + 1))
        while let found = entry, found.key.keyNumber() == topic {
            if found.key.count == 16 { return found.key.keyNumber(at: 8) }
            entry = try cursor.next()
        }
        return nil
    }

    package func deferred(position: UInt64, offset: UInt64) throws(StoreError) -> Deferred? {
        try reading("returned messages") { transaction in
            guard let value = try transaction.get(keys.key(position, offset), in: tables.deferred) else {
                return nil
            }
            return try Deferred(offset: offset, value)
        }
    }

    package func deferredOffsets(
        position: UInt64, in range: Range<UInt64>, limit: Int
    ) throws(StoreError) -> [UInt64] {
        try reading("returned messages") { transaction in
            try transaction.withCursor(on: tables.deferred.table) { cursor in
                var offsets: [UInt64] = []
                var entry = try cursor.seek(toOrAfter: keys.key(position, range.lowerBound))
                while offsets.count < limit, let row = entry, row.key.keyNumber() == position,
                    row.key.keyNumber(at: 8) < range.upperBound
                {
                    offsets.append(row.key.keyNumber(at: 8))
                    entry = try cursor.next()
                }
                return offsets
            }
        }
    }

    package func due(position: UInt64, after last: Due, limit: Int) throws(StoreError) -> [Due] {
        try reading("due messages") { transaction in
            try transaction.withCursor(on: tables.due) { cursor in
                var found: [Due] = []
                let start = keys.due(
                    DueKind.returned, owner: position, time: last.time, id: last.offset + 1)
                var entry = try cursor.seek(toOrAfter: start)
                while found.count < limit, let row = entry, row.key[0] == DueKind.returned,
                    row.key.keyNumber(at: 1) == position
                {
                    found.append(Due(time: row.key.keyNumber(at: 9), offset: row.key.keyNumber(at: 17)))
                    entry = try cursor.next()
                }
                return found
            }
        }
    }

    package func ending(position: UInt64, of offset: UInt64) throws(StoreError) -> Ending? {
        try reading("endings") { transaction -> Ending? in
            for table in [tables.endings, tables.losses] {
                let found = try transaction.withCursor(on: table.table) { cursor -> Ending? in
                    guard let row = try cursor.seek(toOrAfter: keys.key(position, offset)),
                        row.key.keyNumber() == position
                    else { return nil }
                    return try Ending(last: row.key.keyNumber(at: 8), try table.value(of: row))
                }
                if let found, found.first <= offset { return found }
            }
            return nil
        }
    }

    package func lastLoss(position: UInt64) throws(StoreError) -> Ending? {
        try reading("losses") { transaction in
            try transaction.withCursor(on: tables.losses.table) { cursor in
                let behind = try cursor.seek(toOrAfter: keys.key(position, .max))
                let row = behind == nil ? try cursor.last() : try cursor.previous()
                guard let row, row.key.keyNumber() == position else { return nil }
                return try Ending(last: row.key.keyNumber(at: 8), try tables.losses.value(of: row))
            }
        }
    }
}
