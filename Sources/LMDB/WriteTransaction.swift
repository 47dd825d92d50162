// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// The transaction that writes, one at a time; it exists in the closure it is handed to, on that thread.
///
/// After a `put` or `reserve` that failed in any other way than `.keyExists`, let the error leave the closure: the
/// transaction must be aborted.
package struct WriteTransaction: TableAccess, ~Copyable {
    /// LMDB's own handle of the transaction.
    package let handle: OpaquePointer
}

extension WriteTransaction {
    /// Writes an entry, over the value that its key has.
    package func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in table: Table, at place: PutPlace = .anywhere
    ) throws(LMDBError) {
        var key = MDB_val(key)
        var value = MDB_val(value)
        try LMDBError.check(mdb_put(handle, table.handle, &key, &value, place.flags), "mdb_put")
    }

    /// Deletes an entry, and tells whether there was one.
    @discardableResult
    package func delete(_ key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> Bool {
        var key = MDB_val(key)
        return try LMDBError.isFound(mdb_del(handle, table.handle, &key, nil), "mdb_del")
    }

    /// Deletes all entries of a table, at the price of its branch pages alone.
    package func clear(_ table: Table) throws(LMDBError) {
        try LMDBError.check(mdb_drop(handle, table.handle, 0), "mdb_drop")
    }

    /// Runs a closure with a cursor that can write, which is on no entry at first.
    package func withWriteCursor<Result>(
        on table: Table, _ body: (borrowing WriteCursor) throws -> Result
    ) throws -> Result {
        try body(WriteCursor(handle: openCursor(on: table)))
    }
}
