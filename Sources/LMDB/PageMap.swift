// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// Where the pages of a file lie in memory, so that a page is told from another that was written over it.
///
/// Each page begins with its number, and LMDB does not compare it with the place at which it found the page: what was
/// written over a page by mistake would be taken for it, and the entries of the page for ones that were never there.
struct PageMap {
    /// Bytes before the places of the nodes in a page.
    private static let header: UInt = 16
    /// Bytes before the key in a node.
    private static let nodeHeader: UInt = 8

    /// The address of page 0; 0 as long as it is not known.
    var base: UInt = 0
    /// Bytes from there on that are pages.
    var size: UInt = 0
    var pageSize: UInt = 0

    /// The address of the page that holds some bytes; nil when they lie elsewhere, as what a transaction writes does.
    private func page(of address: UInt) -> UInt? {
        guard base > 0, address >= base, address - base < size else { return nil }
        return address - (address - base) % pageSize
    }

    /// Refuses bytes of a page that is not in its place.
    func check(_ bytes: UnsafeRawBufferPointer) throws(LMDBError) {
        // An empty value may end with its page; the byte before it belongs to the page in any case.
        guard let page = page(of: UInt(bitPattern: bytes.baseAddress) &- 1) else { return }
        // SAFETY: the page lies in the map, and begins with its number, a machine word.
        let number = UnsafeRawPointer(bitPattern: page)?.load(as: UInt.self)
        guard number == (page - base) / pageSize else {
            throw LMDBError(code: .corrupted, operation: "a page that another was written over")
        }
    }

    /// Whether a key is the first one of its page; false when it lies outside of the file.
    func isFirst(_ key: UnsafeRawBufferPointer) -> Bool {
        let address = UInt(bitPattern: key.baseAddress)
        guard let page = page(of: address &- 1), address - page >= Self.header + Self.nodeHeader else { return false }
        // SAFETY: the page lies in the map, and behind its header is the place of its first node, of 2 bytes.
        let first = UnsafeRawPointer(bitPattern: page + Self.header)?.load(as: UInt16.self)
        return first.map(UInt.init) == address - page - Self.nodeHeader
    }

    /// The one that an environment has kept.
    static func of(environment: OpaquePointer?) -> PageMap {
        // SAFETY: what an environment keeps is set to a map of this kind before anything is read, or is nothing.
        mdb_env_get_userctx(environment)?.load(as: PageMap.self) ?? PageMap()
    }
}

extension Environment {
    /// Finds out where the pages lie, when the map is new or has moved; no other transaction may be open then.
    func findPages() throws(LMDBError) {
        setPageMap(PageMap())
        let statistics = statistics
        let transaction = try begin(flags: MDB_RDONLY)
        defer { end { mdb_txn_abort(transaction) } }
        guard let base = try ReadTransaction(handle: transaction).mapAddress(statistics) else { return }
        setPageMap(
            PageMap(base: UInt(bitPattern: base), size: UInt(statistics.mapSize), pageSize: UInt(statistics.pageSize)))
    }

    /// The same where it is not known yet, since the file had no content.
    func findPagesIfUnknown() throws(LMDBError) {
        if use({ PageMap.of(environment: $0).base }) == 0 { try findPages() }
    }

    private func setPageMap(_ map: PageMap) {
        // SAFETY: the memory is there from the opening to the end of the environment.
        use { mdb_env_get_userctx($0)?.storeBytes(of: map, as: PageMap.self) }
    }
}
