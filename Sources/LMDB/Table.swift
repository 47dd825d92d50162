// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A named table of an environment, open: what LMDB calls a database handle.
///
/// Good for all transactions of its environment from the one on that opened it, for as long as the environment is
/// open; if that transaction was aborted, or belonged to a snapshot reader, it is good for that transaction alone.
package struct Table: Hashable, Sendable {
    let handle: MDB_dbi
}

extension TableAccess where Self: ~Copyable {
    /// Opens a table that exists; an `LMDBError` of code `.notFound` tells that there is none.
    ///
    /// No other transaction of the process may be opening tables at the same time: open all of them at start.
    package func table(named name: String) throws(LMDBError) -> Table {
        try openTable(named: name, flags: 0)
    }

    /// Opens a table, which gets its handle from LMDB.
    func openTable(named name: String, flags: CInt) throws(LMDBError) -> Table {
        var table: MDB_dbi = 0
        try LMDBError.check(mdb_dbi_open(handle, name, CUnsignedInt(flags), &table), "mdb_dbi_open")
        return Table(handle: table)
    }
}

extension TableAccess where Self: ~Copyable {
    /// Opens LMDB's own table, in which each named table has an entry; other keys may stand beside them.
    package func mainTable() throws(LMDBError) -> Table {
        var table: MDB_dbi = 0
        try LMDBError.check(mdb_dbi_open(handle, nil, 0, &table), "mdb_dbi_open")
        return Table(handle: table)
    }
}

extension WriteTransaction {
    /// Opens a table, and creates it if it does not exist and `create` is true.
    package func table(named name: String, create: Bool) throws(LMDBError) -> Table {
        try openTable(named: name, flags: create ? MDB_CREATE : 0)
    }
}
