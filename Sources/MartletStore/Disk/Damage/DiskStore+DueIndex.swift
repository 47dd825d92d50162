// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Rows of the index of due times have no checksum. But each stands for a row that has one and says the same time, so
// that the two are held against each other: damage to the index neither brings a message twice nor keeps one back.
extension DiskStore {
    /// Whether a row of the index is one of a message that was returned, and is due then.
    ///
    /// One that is not is counted, passed over, and removed with the next commit.
    func isRight(
        _ due: Due, of position: UInt64, _ transaction: borrowing ReadTransaction
    ) throws -> Bool {
        let mismatch = DueMismatch.due(position: position, time: due.time, offset: due.offset)
        if mismatches.contains(mismatch) { return false }
        if let checked = dueChecked[position], due <= checked { return true }
        guard try isStray(due, of: position, transaction) else { return true }
        note(mismatch)
        return false
    }

    /// Whether the index names the row of a returned message.
    ///
    /// One that it does not name is counted and removed with the next commit: the message is delivered as if it had
    /// never been returned, since its time would never come.
    func isIndexed(
        _ row: Entry, at place: (owner: UInt64, number: UInt64), _ transaction: borrowing ReadTransaction
    ) throws -> Bool {
        guard try !isUnindexed(row.value, place.owner, place.number, transaction) else {
            note(.deferred(position: place.owner, offset: place.number))
            return false
        }
        return true
    }

    private func note(_ mismatch: DueMismatch) {
        if mismatches.insert(mismatch).inserted { damagedRows += 1 }
    }

    /// Removes what was found, unless it has come right meanwhile.
    func removeMismatches(_ transaction: borrowing WriteTransaction) throws {
        for mismatch in mismatches {
            switch mismatch {
            case .due(let position, let time, let offset):
                guard try isStray(Due(time: time, offset: offset), of: position, transaction) else { continue }
                try transaction.delete(
                    keys.due(DueKind.returned, owner: position, time: time, id: offset), in: tables.due)
            case .deferred(let position, let offset):
                guard let row = try transaction.get(keys.key(position, offset), in: tables.deferred.table),
                    try isUnindexed(row, position, offset, transaction)
                else { continue }
                try transaction.delete(keys.key(position, offset), in: tables.deferred)
            }
        }
    }

    private func isStray(
        _ due: Due, of position: UInt64, _ transaction: borrowing some TableAccess & ~Copyable
    ) throws -> Bool {
        guard let row = try transaction.get(keys.key(position, due.offset), in: tables.deferred.table) else {
            return true
        }
        // What a damaged row says is not known, so that the index is believed.
        guard let time = time(of: row, position, due.offset) else { return false }
        return time != due.time
    }

    private func isUnindexed(
        _ row: UnsafeRawBufferPointer, _ position: UInt64, _ offset: UInt64,
        _ transaction: borrowing some TableAccess & ~Copyable
    ) throws -> Bool {
        // The place of a damaged row in the index is found by looking at all of that.
        let known = try time(of: row, position, offset) ?? indexedTime(of: offset, position, transaction)
        guard let known else { return true }
        return try transaction.get(dueKey(offset, of: position, at: known), in: tables.due) == nil
    }

    /// When the message of a row is due; nil when the row is damaged.
    private func time(of row: UnsafeRawBufferPointer, _ position: UInt64, _ offset: UInt64) -> UInt64? {
        guard let value = try? RowChecksum.value(of: row, tables.deferred.kind, key: keys.key(position, offset)) else {
            return nil
        }
        return try? Deferred.due(in: value)
    }

    /// When the index says that a message is due; nil when it does not name it.
    func indexedTime(
        of offset: UInt64, _ position: UInt64, _ transaction: borrowing some TableAccess & ~Copyable
    ) throws -> UInt64? {
        try transaction.withCursor(on: tables.due) { cursor in
            var order = KeyOrder()
            var entry = try order.pass(cursor.seek(toOrAfter: keys.due(DueKind.returned, owner: position)))
            while let mark = entry, mark.key.count == 25, mark.key[0] == DueKind.returned,
                mark.key.keyNumber(at: 1) == position
            {
                if mark.key.keyNumber(at: 17) == offset { return mark.key.keyNumber(at: 9) }
                entry = try order.pass(cursor.next())
            }
            return nil
        }
    }
}
