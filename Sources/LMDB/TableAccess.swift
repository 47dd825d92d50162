// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A view of the data that does not change by the hand of others: what read and write transactions have in common.
///
/// Bytes that it returns lie in the file's map, are not aligned, and are valid until the transaction ends or writes.
package protocol TableAccess: ~Copyable {
    /// LMDB's own handle of the transaction.
    var handle: OpaquePointer { get }
}

extension TableAccess where Self: ~Copyable {
    /// The value of a key, valid until the transaction ends or writes; nil if there is none.
    ///
    /// Throws `.corrupted` when its page, or the one on which it would stand, is not in its place; so do cursors.
    package func get(
        _ key: UnsafeRawBufferPointer, in table: Table
    ) throws(LMDBError) -> UnsafeRawBufferPointer? {
        var key = MDB_val(key)
        var value = MDB_val()
        let result = mdb_get(handle, table.handle, &key, &value)
        guard try LMDBError.isFound(result, "mdb_get") else {
            try checkAbsence(of: UnsafeRawBufferPointer(key), from: table)
            return nil
        }
        // SAFETY: LMDB has just filled the value in; how long it is valid is in the protocol's contract.
        let found = UnsafeRawBufferPointer(value)
        try PageMap.of(environment: mdb_txn_env(handle)).check(found)
        return found
    }

    /// Refuses that a key is absent when the page that it would stand on is not in its place.
    private func checkAbsence(of key: UnsafeRawBufferPointer, from table: Table) throws(LMDBError) {
        let cursor = Cursor(handle: try openCursor(on: table))
        _ = try cursor.seek(toOrAfter: key)
    }

    /// How many entries a table has; the answer is kept by LMDB, not counted.
    package func count(of table: Table) throws(LMDBError) -> Int {
        var statistics = MDB_stat()
        try LMDBError.check(mdb_stat(handle, table.handle, &statistics), "mdb_stat")
        return Int(statistics.ms_entries)
    }

    /// Runs a closure with a cursor, which is on no entry at first.
    package func withCursor<Result>(
        on table: Table, _ body: (borrowing Cursor) throws -> Result
    ) throws -> Result {
        try body(Cursor(handle: openCursor(on: table)))
    }

    /// Opens a cursor of LMDB; the caller closes it before the transaction ends.
    func openCursor(on table: Table) throws(LMDBError) -> OpaquePointer {
        var cursor: OpaquePointer?
        try LMDBError.check(mdb_cursor_open(handle, table.handle, &cursor), "mdb_cursor_open")
        guard let cursor else { preconditionFailure("mdb_cursor_open succeeded without a cursor") }
        return cursor
    }
}

extension MDB_val {
    /// The bytes as LMDB takes them.
    init(_ bytes: UnsafeRawBufferPointer) {
        // SAFETY: LMDB does not write through the keys and values it is given, though its types do not say so.
        self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as LMDB gives them.
    init(_ value: MDB_val) {
        // SAFETY: the pair comes from LMDB, which vouches for so many bytes from there on.
        self.init(start: value.mv_data, count: value.mv_size)
    }
}
