// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

extension Environment {
    /// Writes a copy of the data as it is now to a file, its pages in the order of the keys and none of them free.
    ///
    /// LMDB finds pages that belong to nothing, and refuses then (`.incompatible`).
    package func copyCompacted(to descriptor: Int32) throws(LMDBError) {
        let result = use { mdb_env_copyfd2($0, descriptor, CUnsignedInt(MDB_CP_COMPACT)) }
        try LMDBError.check(result, "mdb_env_copyfd2")
    }
}
