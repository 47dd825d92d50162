// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A cursor that only reads; it exists in the closure it is handed to, and nowhere else.
package struct Cursor: TableCursor, ~Copyable {
    /// LMDB's own handle of the cursor.
    package let handle: OpaquePointer

    deinit {
        // SAFETY: the handle was opened for this value alone, and the closure ends before the transaction does.
        mdb_cursor_close(handle)
    }
}
