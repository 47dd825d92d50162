// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A place in a table, in the order of the keys' bytes: what cursors that read and cursors that write have in common.
///
/// Every function but `current` moves the cursor, and returns nil when there is no entry to move to.
package protocol TableCursor: ~Copyable {
    /// LMDB's own handle of the cursor.
    var handle: OpaquePointer { get }
}

extension TableCursor where Self: ~Copyable {
    /// Moves to the first key that is equal or greater.
    package func seek(toOrAfter key: UnsafeRawBufferPointer) throws(LMDBError) -> Entry? {
        // No key is empty, and LMDB refuses to look for one; but every key comes after it.
        guard !key.isEmpty else { return try move(MDB_FIRST) }
        let found = try move(MDB_SET_RANGE, key: MDB_val(key))
        if let found, !pages.isFirst(found.key) || found.key.elementsEqual(key) { return found }
        // It was looked for on the page before, which has to be in its place too.
        _ = try move(found == nil ? MDB_LAST : MDB_PREV)
        return try move(MDB_SET_RANGE, key: MDB_val(key))
    }

    /// Moves to a key.
    package func seek(exactly key: UnsafeRawBufferPointer) throws(LMDBError) -> Entry? {
        if let found = try move(MDB_SET_KEY, key: MDB_val(key)) { return found }
        _ = try seek(toOrAfter: key)
        return nil
    }

    /// Moves to the lowest key.
    package func first() throws(LMDBError) -> Entry? {
        try move(MDB_FIRST)
    }

    /// Moves to the highest key.
    package func last() throws(LMDBError) -> Entry? {
        try move(MDB_LAST)
    }

    /// Moves to the next key; to the first one if the cursor is on no entry yet.
    package func next() throws(LMDBError) -> Entry? {
        try move(MDB_NEXT)
    }

    /// Moves to the key before; to the last one if the cursor is on no entry yet.
    package func previous() throws(LMDBError) -> Entry? {
        try move(MDB_PREV)
    }

    private func move(_ operation: MDB_cursor_op, key: MDB_val = MDB_val()) throws(LMDBError) -> Entry? {
        var key = key
        var value = MDB_val()
        let result = mdb_cursor_get(handle, &key, &value, operation)
        guard try LMDBError.isFound(result, "mdb_cursor_get") else { return nil }
        // SAFETY: LMDB has just filled both in; how long they are valid is in the contract of `Entry`.
        let entry = Entry(key: UnsafeRawBufferPointer(key), value: UnsafeRawBufferPointer(value))
        try pages.check(entry.key)
        return entry
    }

    private var pages: PageMap { PageMap.of(environment: mdb_txn_env(mdb_cursor_txn(handle))) }
}
