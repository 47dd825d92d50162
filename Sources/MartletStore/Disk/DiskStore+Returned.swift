// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Reads of what was returned, parked or expires, by the order of a table.
extension DiskStore {
    package func parked(position: UInt64, after offset: UInt64, limit: Int) throws(StoreError) -> [UInt64] {
        let start = Due(time: offset, offset: .max - 1)
        return try marks(DueKind.parked, owner: position, after: start, limit: limit).map(\.time)
    }

    package func due(position: UInt64, after last: Due, limit: Int) throws(StoreError) -> [Due] {
        try reading("due messages") { transaction in
            try transaction.withCursor(on: tables.due) { cursor in
                var found: [Due] = []
                // A damaged offset may be the last that there is.
                let start = keys.due(
                    DueKind.returned, owner: position, time: last.time, id: last.offset &+ 1)
                var entry = try cursor.seek(toOrAfter: start)
                var order = KeyOrder()
                while found.count < limit, let row = try order.pass(entry), row.key[0] == DueKind.returned,
                    row.key.count == 25, row.key.keyNumber(at: 1) == position
                {
                    let due = Due(time: row.key.keyNumber(at: 9), offset: row.key.keyNumber(at: 17))
                    if try isRight(due, of: position, transaction) { found.append(due) }
                    dueChecked[position] = max(due, dueChecked[position] ?? due)
                    entry = try cursor.next()
                }
                return found
            }
        }
    }

    package func expiries(topic: UInt64, by time: UInt64, limit: Int) throws(StoreError) -> [Due] {
        let found = try marks(DueKind.expiring, owner: topic, after: Due(time: 0, offset: 0), limit: limit)
        return Array(found.prefix { $0.time <= time })
    }

    /// Rows of `due` of one kind and owner, those after `last` only.
    private func marks(_ kind: UInt8, owner: UInt64, after last: Due, limit: Int) throws(StoreError) -> [Due] {
        try reading("what is due") { transaction in
            try transaction.withCursor(on: tables.due) { cursor in
                var found: [Due] = []
                let start = keys.due(kind, owner: owner, time: last.time, id: last.offset + 1)
                var entry = try cursor.seek(toOrAfter: start)
                var order = KeyOrder()
                while found.count < limit, let row = try order.pass(entry), row.key[0] == kind, row.key.count == 25,
                    row.key.keyNumber(at: 1) == owner
                {
                    found.append(Due(time: row.key.keyNumber(at: 9), offset: row.key.keyNumber(at: 17)))
                    entry = try cursor.next()
                }
                return found
            }
        }
    }

    package func deferredRows(
        position: UInt64, after offset: UInt64, limit: Int
    ) throws(StoreError) -> [Deferred] {
        let offsets = try deferredOffsets(position: position, in: offset + 1..<UInt64.max, limit: limit)
        var rows: [Deferred] = []
        for offset in offsets {
            if let row = try deferred(position: position, offset: offset) { rows.append(row) }
        }
        return rows
    }

    package func isSettled(position: UInt64, offset: UInt64) throws(StoreError) -> Bool {
        try reading("acks") { transaction in
            let key = keys.key(position, offset / Chunk.offsets)
            guard let value = try transaction.get(key, in: tables.acks) else { return false }
            guard let words = try Chunk.words(value) else { return true }
            let bit = offset % Chunk.offsets
            return words[Int(bit / 64)] & (1 << (bit % 64)) != 0
        }
    }
}
