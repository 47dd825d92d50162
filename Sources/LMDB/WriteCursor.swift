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
}
