// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A cursor that can write; it exists in the closure it is handed to, and nowhere else.
package struct WriteCursor: TableCursor, ~Copyable {
    /// LMDB's own handle of the cursor.
    package let handle: OpaquePointer

    deinit {
        // SAFETY: the handle was opened for this value alone, and the closure ends before the transaction does.
        mdb_cursor_close(handle)
    }

    /// Deletes the entry that the cursor is on; `next()` then moves to the one after it.
    package func deleteCurrent() throws(LMDBError) {
        try LMDBError.check(mdb_cursor_del(handle, 0), "mdb_cursor_del")
    }

    /// Writes an entry, over the value that its key has, and moves to it.
    ///
    /// After a failure other than `.keyExists` the transaction must be aborted, as after its own `put`.
    package func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: PutOptions = []
    ) throws(LMDBError) {
        var key = MDB_val(key)
        var value = MDB_val(value)
        try LMDBError.check(mdb_cursor_put(handle, &key, &value, flags.rawValue), "mdb_cursor_put")
    }
}
