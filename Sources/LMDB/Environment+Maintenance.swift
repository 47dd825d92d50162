// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

extension Environment {
    /// Flushes everything that was committed; needed with `noMetaSync` when no further commit follows.
    package func sync() throws(LMDBError) {
        try LMDBError.check(use { mdb_env_sync($0, 1) }, "mdb_env_sync")
    }

    /// Changes the largest size that the file can reach; no transaction may be open in this process.
    package func resize(mapSize: Int) throws(LMDBError) {
        try LMDBError.check(use { mdb_env_set_mapsize($0, mapSize) }, "mdb_env_set_mapsize")
        try findPages()
    }

    /// Takes blocks of the disk for so many bytes behind what is used, so that others cannot; the file's size stays.
    ///
    /// - Returns: whether they are there now; a disk that is full or that cannot do so says no.
    package func reserveDisk(bytes: Int) -> Bool {
        var descriptor: CInt = -1
        guard use({ mdb_env_get_fd($0, &descriptor) }) == MDB_SUCCESS else { return false }
        return martlet_keep_blocks(descriptor, Int64(statistics.usedBytes), Int64(bytes)) == 0
    }

    /// Frees the reader slots of processes that died, and tells how many they were.
    @discardableResult
    package func checkReaders() throws(LMDBError) -> Int {
        var dead: CInt = 0
        try LMDBError.check(use { mdb_reader_check($0, &dead) }, "mdb_reader_check")
        return Int(dead)
    }

    /// The sizes of the file as of the last commit.
    package var statistics: EnvironmentStatistics {
        var tree = MDB_stat()
        var info = MDB_envinfo()
        let results = use { (mdb_env_stat($0, &tree), mdb_env_info($0, &info)) }
        precondition(results == (MDB_SUCCESS, MDB_SUCCESS), "mdb_env_stat and mdb_env_info fail on null alone")
        return EnvironmentStatistics(
            pageSize: Int(tree.ms_psize),
            mapSize: Int(info.me_mapsize),
            lastPage: Int(info.me_last_pgno),
            lastTransaction: Int(info.me_last_txnid),
            readers: Int(info.me_numreaders)
        )
    }
}

/// The sizes of an environment's file.
package struct EnvironmentStatistics: Equatable, Sendable {
    /// Bytes per page.
    package let pageSize: Int

    /// The most bytes the file may have.
    package let mapSize: Int

    /// The number of the last page ever used.
    package let lastPage: Int

    /// The number of the last committed transaction.
    package let lastTransaction: Int

    /// The slots of readers that have been taken since the lock file was made; those that ended are used again.
    package let readers: Int

    /// The bytes up to the last page ever used, free pages between them included.
    package var usedBytes: Int { (lastPage + 1) * pageSize }
}

extension ReadTransaction {
    /// How many pages below the last used one are free, or will be once the oldest reader is gone.
    ///
    /// It reads one record per 508 free pages or per transaction that freed some: for statistics, not for every commit.
    package func freePages() throws(LMDBError) -> Int {
        var pages = 0
        let cursor = try Cursor(handle: openCursor(on: freeList))
        while let entry = try cursor.next() {
            // SAFETY: a value of the free list is at least one machine word long; the load is bounds-checked.
            pages += entry.value.loadUnaligned(as: Int.self)
        }
        return pages
    }

    /// Counts the pages on the free list if it has no more than so many records; else gives nil.
    package func freePages(records: Int) throws(LMDBError) -> Int? {
        try count(of: freeList) <= records ? freePages() : nil
    }

    /// The free list: a table with a fixed handle, whose values are a count and so many page numbers.
    ///
    /// LMDB's header does not name the handle; its own mdb_stat relies on it in the same way.
    private var freeList: Table { Table(handle: 0) }
}
