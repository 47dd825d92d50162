// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension Environment {
    /// Takes the file's pages out of this process's resident set; the kernel's page cache keeps them.
    ///
    /// Mapped pages count as memory of the process until it says otherwise. Readers at work are not disturbed: they
    /// fault the pages in again. Takes and returns a reader slot.
    package func dropResidentPages() throws(LMDBError) {
        let statistics = statistics
        let transaction = try begin(flags: MDB_RDONLY)
        defer { end { mdb_txn_abort(transaction) } }
        let snapshot = ReadTransaction(handle: transaction)
        // SAFETY: the range is the used part of LMDB's map, which cannot be unmapped while the transaction lives. The
        // map is shared and never written through, so that nothing is lost: the same bytes are read in again.
        guard let map = try snapshot.mapAddress(statistics) else { return }
        if madvise(map, min(statistics.usedBytes, statistics.mapSize), MADV_DONTNEED) != 0 {
            throw LMDBError(code: LMDBError.Code(rawValue: errno), operation: "madvise")
        }
    }
}

extension ReadTransaction {
    /// The address of the map, or nil when the environment holds no table yet.
    ///
    /// `mdb_env_info` gives the address of a fixed map alone. But every page starts with its own number, and a key
    /// lies within one page: so the address of any key tells where page 0 is.
    func mapAddress(_ statistics: EnvironmentStatistics) throws(LMDBError) -> UnsafeMutableRawPointer? {
        var main: MDB_dbi = 0
        try LMDBError.check(mdb_dbi_open(handle, nil, 0, &main), "mdb_dbi_open")
        let cursor = try Cursor(handle: openCursor(on: Table(handle: main)))
        guard let key = try cursor.first()?.key.baseAddress else { return nil }
        let pageAddress = UInt(bitPattern: key) / UInt(statistics.pageSize) * UInt(statistics.pageSize)
        // SAFETY: pages are aligned to their size within the map, so this is the page that holds the key.
        guard let page = UnsafeRawPointer(bitPattern: pageAddress) else { return nil }
        // SAFETY: a page begins with its number, a machine word.
        let number = page.load(as: Int.self)
        guard (0...statistics.lastPage).contains(number) else {
            throw LMDBError(code: .corrupted, operation: "the page of the table of tables")
        }
        // SAFETY: pages lie side by side from page 0 on, and page 0 is a meta page: its header takes 16 bytes and
        // the magic number of the format follows. Checked, since dropping other memory than the map would lose it.
        let map = UnsafeMutableRawPointer(mutating: page - number * statistics.pageSize)
        precondition(map.load(fromByteOffset: 16, as: UInt32.self) == 0xBEEF_C0DE, "page 0 of LMDB was not found")
        return map
    }
}
