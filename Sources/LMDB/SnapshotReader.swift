// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A read transaction that is used again and again, by one thread at a time.
///
/// It keeps one reader slot for as long as it exists. Between two reads it holds no snapshot, and so no pages. It
/// keeps its environment alive, and must be gone before that is closed by hand.
package final class SnapshotReader {
    private let environment: Environment
    private let handle: OpaquePointer
    private var isReading = false

    /// Takes a read transaction over; the environment is in use until this object is gone.
    init(environment: Environment, handle: OpaquePointer) {
        self.environment = environment
        self.handle = handle
        mdb_txn_reset(handle)
    }

    deinit {
        // SAFETY: the transaction belongs to this object alone, and no read can be in progress without a reference.
        environment.end { mdb_txn_abort(handle) }
    }

    /// Runs a closure on the data as it is now; never call it inside itself.
    package func read<Result>(_ body: (borrowing ReadTransaction) throws -> Result) throws -> Result {
        precondition(!isReading, "a snapshot reader was used inside its own read")
        try LMDBError.check(mdb_txn_renew(handle), "mdb_txn_renew")
        isReading = true
        defer {
            isReading = false
            mdb_txn_reset(handle)
        }
        return try body(ReadTransaction(handle: handle))
    }
}
