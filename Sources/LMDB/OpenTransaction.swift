// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A write transaction that stays open from change to change and answers reads meanwhile.
///
/// It belongs to the thread that began it. Bytes that a read returns are valid until the next change.
package final class OpenTransaction {
    private let environment: Environment
    private var handle: OpaquePointer?

    /// Begins it; waits while another thread or process writes.
    package init(_ environment: Environment) throws(LMDBError) {
        self.environment = environment
        handle = try environment.begin(flags: 0)
    }

    deinit {
        abort()
    }

    /// Runs a closure that may write.
    ///
    /// When it throws the transaction must be aborted.
    package func write<Result>(_ body: (borrowing WriteTransaction) throws -> Result) throws -> Result {
        guard let handle else { preconditionFailure("wrote in a transaction that has ended") }
        return try body(WriteTransaction(handle: handle))
    }

    /// Runs a closure that reads what was written so far.
    package func read<Result>(_ body: (borrowing ReadTransaction) throws -> Result) throws -> Result {
        guard let handle else { preconditionFailure("read in a transaction that has ended") }
        return try body(ReadTransaction(handle: handle))
    }

    /// Ends it, and keeps what was written; when this throws nothing of it is.
    package func commit() throws(LMDBError) {
        guard let handle else { preconditionFailure("committed a transaction that has ended") }
        self.handle = nil
        try LMDBError.check(environment.end { mdb_txn_commit(handle) }, "mdb_txn_commit")
        try environment.findPagesIfUnknown()
    }

    /// Ends it, and undoes what was written; a second call does nothing.
    package func abort() {
        guard let handle else { return }
        self.handle = nil
        environment.end { mdb_txn_abort(handle) }
    }
}
