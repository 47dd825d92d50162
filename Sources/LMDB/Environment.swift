// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB
import Synchronization

/// An LMDB file, open.
///
/// Open one folder once per process, and never open its files in another way meanwhile: closing any descriptor of
/// them drops the locks. After a failed commit or a failed `sync()` what is on disk is unknown: stop writing.
package final class Environment: Sendable {
    // SAFETY: set once; LMDB allows calls on an environment from any thread, and `users` keeps it from being closed
    // while one is in progress.
    private nonisolated(unsafe) let handle: OpaquePointer

    /// How many transactions, readers and calls use the handle now; negative for good once it is closed.
    private let users = Atomic<Int>(0)

    /// Opens `data.mdb` and `lock.mdb` in a folder that exists, and creates them if need be.
    package init(folder: String, options: EnvironmentOptions = EnvironmentOptions()) throws(LMDBError) {
        var created: OpaquePointer?
        try LMDBError.check(mdb_env_create(&created), "mdb_env_create")
        guard let handle = created else { preconditionFailure("mdb_env_create succeeded without an environment") }
        do {
            try Self.open(handle, folder: folder, options: options)
        } catch {
            // LMDB asks for this after a failed open too: the handle exists since mdb_env_create.
            Self.close(handle)
            throw error
        }
        // SAFETY: the only assignment; see the property.
        self.handle = handle
        try findPages()
    }

    deinit {
        close()
    }

    /// Closes the files; a second call does nothing.
    ///
    /// Every transaction must have ended and every snapshot reader must be gone; using the environment afterwards is
    /// a programming error. It is called on deinitialisation.
    package func close() {
        let outcome = users.compareExchange(expected: 0, desired: Int.min, ordering: .acquiringAndReleasing)
        precondition(outcome.exchanged || outcome.original < 0, "closed an environment that is in use")
        guard outcome.exchanged else { return }
        // SAFETY: the handle was not in use when it was marked as closed, and from then on `acquire` refuses it.
        Self.close(handle)
    }

    /// Runs a closure on the data as it is now; readers and writers do not wait for each other.
    ///
    /// Keep it short: pages freed after it began cannot be reused before it ends.
    package func withReadTransaction<Result>(
        _ body: (borrowing ReadTransaction) throws -> Result
    ) throws -> Result {
        let transaction = try begin(flags: MDB_RDONLY)
        // A commit rather than an abort, because only a commit keeps the tables that were opened. It cannot fail.
        defer { end { mdb_txn_commit(transaction) } }
        return try body(ReadTransaction(handle: transaction))
    }

    /// Runs a closure that may write, and commits when it returns; when it throws, all it wrote is undone.
    ///
    /// Waits while another thread or process writes. Never nest two, and never leave the thread inside: the lock
    /// belongs to the thread. A commit that fails is thrown as an `LMDBError`, and nothing of it can be relied on.
    package func withWriteTransaction<Result>(
        _ body: (borrowing WriteTransaction) throws -> Result
    ) throws -> Result {
        let transaction = try begin(flags: 0)
        let result: Result
        do {
            result = try body(WriteTransaction(handle: transaction))
        } catch {
            end { mdb_txn_abort(transaction) }
            throw error
        }
        try LMDBError.check(end { mdb_txn_commit(transaction) }, "mdb_txn_commit")
        try findPagesIfUnknown()
        return result
    }

    /// A reader for one thread that keeps its reader slot, so that reading takes no lock and allocates nothing.
    package func makeSnapshotReader() throws(LMDBError) -> SnapshotReader {
        SnapshotReader(environment: self, handle: try begin(flags: MDB_RDONLY))
    }

    /// Begins a transaction; the environment is in use until `end` is called.
    func begin(flags: CInt) throws(LMDBError) -> OpaquePointer {
        var transaction: OpaquePointer?
        let result = mdb_txn_begin(acquire(), nil, CUnsignedInt(flags), &transaction)
        if result != MDB_SUCCESS { release() }
        try LMDBError.check(result, "mdb_txn_begin")
        guard let transaction else { preconditionFailure("mdb_txn_begin succeeded without a transaction") }
        return transaction
    }

    /// Ends what `begin` began.
    @discardableResult
    func end<Result>(_ body: () -> Result) -> Result {
        defer { release() }
        return body()
    }

    /// Calls LMDB on the environment itself.
    func use<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        defer { release() }
        return body(acquire())
    }

    private func acquire() -> OpaquePointer {
        let others = users.add(1, ordering: .acquiring).oldValue
        precondition(others >= 0, "used an environment that is closed")
        // SAFETY: it is open, and `close` refuses to run until `release`.
        return handle
    }

    private func release() {
        users.subtract(1, ordering: .releasing)
    }

    private static func close(_ handle: OpaquePointer) {
        // SAFETY: nothing uses the environment any more, and so nothing the memory that it keeps.
        let pages = mdb_env_get_userctx(handle)
        mdb_env_close(handle)
        pages?.deallocate()
    }

    private static func open(
        _ handle: OpaquePointer, folder: String, options: EnvironmentOptions
    ) throws(LMDBError) {
        let pages = UnsafeMutablePointer<PageMap>.allocate(capacity: 1)
        pages.initialize(to: PageMap())
        _ = mdb_env_set_userctx(handle, pages)
        try LMDBError.check(mdb_env_set_mapsize(handle, options.mapSize), "mdb_env_set_mapsize")
        try LMDBError.check(mdb_env_set_maxdbs(handle, MDB_dbi(options.maxTables)), "mdb_env_set_maxdbs")
        try LMDBError.check(mdb_env_set_maxreaders(handle, CUnsignedInt(options.maxReaders)), "mdb_env_set_maxreaders")
        // A reader slot belongs to its transaction, not to a thread, so that readers may move between threads. And
        // a page is not zeroed before it is filled, as every byte that is reserved here is written.
        var flags = MDB_NOTLS | MDB_NOMEMINIT
        if options.noMetaSync { flags |= MDB_NOMETASYNC }
        if options.isAlone { flags |= MDB_NOLOCK }
        try LMDBError.check(mdb_env_set_assert(handle, stopOnFailedAssertion), "mdb_env_set_assert")
        let result = mdb_env_open(handle, folder, CUnsignedInt(flags), mdb_mode_t(options.mode))
        try LMDBError.check(result, "mdb_env_open")
    }
}
