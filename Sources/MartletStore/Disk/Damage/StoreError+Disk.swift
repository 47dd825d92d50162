// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// What went wrong below the store, said so that one knows what to do.
extension StoreError {
    /// A read that failed: damage, or a failure of the disk.
    init(reading what: String, _ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as LMDBError where error.isDamage: self.init(.damaged, "cannot read \(what)", cause: error)
        default: self.init(.failed, "cannot read \(what)", cause: error)
        }
    }

    /// A data file that cannot be opened.
    init(opening folder: String, mapSize: Int, _ error: any Error) {
        let file = "'\(folder)/data.mdb'"
        switch error {
        case let error as StoreError: self = error
        case let damage as FileDamage where damage.isUnborn:
            self.init(
                .damaged,
                "the data file \(file) is empty: \(damage). Nothing was confirmed in it: remove data.mdb and lock.mdb "
                    + "from the folder and start again")
        case let damage as FileDamage: self.init(.damaged, Self.advice("the data file \(file) is damaged: \(damage)"))
        case let error as LMDBError where error.operation.description == "mdb_env_open" && error.code == .noMemory:
            self.init(
                .failed,
                "cannot open the data file \(file): the address space of this process has no room for "
                    + "storage.map-size, \(mapSize >> 20) MiB. Make it smaller, or raise the limit (ulimit -v)")
        case let error as LMDBError where error.isDamage:
            self.init(.damaged, Self.advice("the data file \(file) is damaged: \(error)"))
        default: self.init(.failed, "cannot open the data file in '\(folder)'", cause: error)
        }
    }

    /// What is damaged, and what to do.
    private static func advice(_ what: String) -> String {
        what + ". Nothing was changed in it: keep it, and start with a copy of the folder from before, or an empty one"
    }
}
