// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A read transaction beside the process that writes, for whose sake no page of its commit is used again.
///
/// Nothing is read through it: LMDB follows what a damaged page says to a signal. Its file grows as long as it exists.
/// Never pin a file that this process has open as an environment.
package final class FilePin {
    private let environment: OpaquePointer
    private let transaction: OpaquePointer

    /// Pins the newest commit of a folder's file.
    package init(folder: String) throws(LMDBError) {
        environment = try Self.makeEnvironment()
        var begun: OpaquePointer?
        var result = mdb_env_open(environment, folder, CUnsignedInt(MDB_RDONLY | MDB_NOTLS), 0o600)
        if result == MDB_SUCCESS { result = mdb_txn_begin(environment, nil, CUnsignedInt(MDB_RDONLY), &begun) }
        guard result == MDB_SUCCESS, let begun else {
            mdb_env_close(environment)
            throw LMDBError(code: LMDBError.Code(rawValue: result), operation: "opening the file beside its writer")
        }
        transaction = begun
    }

    private static func makeEnvironment() throws(LMDBError) -> OpaquePointer {
        var created: OpaquePointer?
        try LMDBError.check(mdb_env_create(&created), "mdb_env_create")
        guard let environment = created else { preconditionFailure("mdb_env_create succeeded without an environment") }
        return environment
    }

    deinit {
        // SAFETY: both belong to this object alone, and nothing reads through them.
        mdb_txn_abort(transaction)
        mdb_env_close(environment)
    }

    /// The number of the commit that is pinned.
    var commit: UInt64 { UInt64(mdb_txn_id(transaction)) }

    /// Pins the newest commit instead.
    func renew() throws(LMDBError) {
        mdb_txn_reset(transaction)
        try LMDBError.check(mdb_txn_renew(transaction), "mdb_txn_renew")
    }

    /// The number of the last page that the file has now.
    var lastPage: UInt64 {
        var info = MDB_envinfo()
        let result = mdb_env_info(environment, &info)
        precondition(result == MDB_SUCCESS, "mdb_env_info fails on null alone")
        return UInt64(info.me_last_pgno)
    }
}
