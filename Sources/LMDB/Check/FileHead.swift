// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One of the two meta pages: the state of the file as of one commit.
///
/// LMDB's `mdb.c` is the specification: after a page header of 16 bytes come magic (4), version (4), address (8), size
/// of the map (8), the roots of the free list and of the main table (48 each), last page (8), transaction (8).
struct FileHead {
    /// Bytes that a head takes.
    static let size = 152
    /// Where the number of the commit stands.
    static let transactionPlace = 144
    private static let magic: UInt32 = 0xBEEF_C0DE
    private static let version: UInt32 = 1
    private static let metaFlag: UInt16 = 0x08

    /// Bytes per page.
    let pageSize: Int
    /// The tree of the free pages.
    let free: TreeRoot
    /// The tree of the named tables.
    let main: TreeRoot
    /// The number of the last page ever used.
    let lastPage: UInt64
    /// The number of the commit.
    let transaction: UInt64
    /// The head itself.
    let bytes: [UInt8]

    /// Reads a head; nil when it is none.
    init?(_ bytes: [UInt8], page: UInt64) {
        guard bytes.count >= Self.size, bytes.number(at: 0) == page, bytes.short(at: 10) == Self.metaFlag,
            bytes.word(at: 16) == Self.magic, bytes.word(at: 20) == Self.version
        else { return nil }
        free = TreeRoot(bytes, at: 40)
        main = TreeRoot(bytes, at: 88)
        // The size of pages stands where it is of no use for the free list.
        pageSize = Int(free.pad)
        lastPage = bytes.number(at: 136)
        transaction = bytes.number(at: Self.transactionPlace)
        self.bytes = Array(bytes.prefix(Self.size))
        guard pageSize.nonzeroBitCount == 1, (512...65_536).contains(pageSize) else { return nil }
    }
}

extension [UInt8] {
    /// The number of 8 bytes at a place, in the order of this machine as LMDB writes it.
    func number(at offset: Int) -> UInt64 {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }

    /// The number of 4 bytes at a place.
    func word(at offset: Int) -> UInt32 {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    /// The number of 2 bytes at a place.
    func short(at offset: Int) -> UInt16 {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self) }
    }
}
