// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Looks for damage in what every use of a data file goes through, before LMDB opens it.
///
/// LMDB trusts its file: it follows what a damaged page says to a signal, an assertion or an empty table. Here the
/// heads, the table of tables, both ends of each table, some hundred branch pages, and the list of free pages are read,
/// which takes a bounded number of reads whatever the size of the file. The rest shows when it is read.
package enum FileCheck {
    /// Bytes of the list of free pages that are looked at, 8 for each page, so that a start takes no longer.
    private static let looked = 4 << 20
    /// Branch pages that are looked at besides those on the way to the ends of tables, which are some 10,000 rows each.
    private static let branches = 512
    /// Bytes of a file that LMDB has made and not written to yet: two heads.
    private static let bornSize = 8_192
    /// LMDB's flags of the tree of free pages: its keys are numbers.
    private static let freeFlags: UInt16 = 0x08

    /// Checks the file of a folder, if there is one.
    ///
    /// - Throws: `FileDamage` when it is damaged, `LMDBError` when it cannot be read.
    package static func run(folder: String) throws {
        guard let file = try PageFile(path: folder + "/data.mdb"), file.size > 0 else { return }
        let head = try newest(of: file)
        let pages = UInt64(file.size / head.pageSize)
        var walk = TreeWalk(file, head, branches: branches)
        try check(tables: &walk)
        try check(free: &walk, behind: head.lastPage < pages ? nil : pages)
    }

    /// The head of the last commit.
    static func newest(of file: PageFile) throws -> FileHead { try heads(of: file)[0] }

    /// Both heads, that of the last commit first.
    static func heads(of file: PageFile) throws -> [FileHead] {
        let start = try file.read(min(file.size, bornSize), at: 0)
        // The head of a file that was cut off names a commit; one that has none was never written to.
        let isBlank = file.size == bornSize && start.allSatisfy { $0 == 0 }
        if isBlank || file.size < bornSize && FileHead(start, page: 0)?.transaction == 0 {
            throw FileDamage("it was made, and the machine stopped before anything was written to it", isUnborn: true)
        }
        guard let first = FileHead(start, page: 0) else {
            throw FileDamage("its first page is not that of an LMDB file")
        }
        guard let second = FileHead(try file.read(FileHead.size, at: first.pageSize), page: 1),
            second.pageSize == first.pageSize
        else { throw FileDamage("its second page is not that of an LMDB file") }
        let (older, newer) = first.transaction < second.transaction ? (first, second) : (second, first)
        // Commits take the two pages in turns; a file without a commit has two that are alike.
        let isInTurn = newer.transaction == older.transaction + 1 && second.transaction % 2 == 1
        guard isInTurn || newer.transaction == 0 && older.transaction == 0 else {
            throw FileDamage(
                "its two heads are of commits \(older.transaction) and \(newer.transaction), which do not follow")
        }
        guard newer.lastPage >= older.lastPage, newer.lastPage >= 1, newer.lastPage < 1 << 47 else {
            throw FileDamage("its heads contradict each other about its size")
        }
        guard newer.free.flags == freeFlags, newer.main.flags == 0 else {
            throw FileDamage("its head has flags that no head has")
        }
        return [newer, older]
    }

    private static func check(tables walk: inout TreeWalk) throws {
        var tables: [(String, TreeRoot)] = []
        try walk.visit(walk.head.main, "the table of tables", .all) { node in
            guard node.flags & TreePage.tableFlag != 0 else { return true }
            let name = String(decoding: node.key, as: UTF8.self)
            guard node.value.count == TreeRoot.size else { throw FileDamage("table '\(name)' has no root") }
            tables.append((name, TreeRoot(Array(node.value), at: 0)))
            return true
        }
        // The smallest first: the largest is the log, whose packs tell themselves which of them are missing.
        for (name, tree) in tables.sorted(by: { $0.1.entries < $1.1.entries }) {
            guard tree.flags == 0 else { throw FileDamage("the root of table '\(name)' is not what was written") }
            try walk.visit(tree, "table '\(name)'", .branches) { _ in true }
        }
    }

    /// A free page is used again, so that one that is in use must not be among them.
    ///
    /// - Parameter end: the number of pages of a file that is too short for its last one; then all behind must be free,
    ///   since LMDB does not write a page that was used and freed within one commit.
    private static func check(free walk: inout TreeWalk, behind end: UInt64?) throws {
        let head = walk.head
        let inUse = walk.visited
        var missing = end.map { head.lastPage + 1 - min($0, head.lastPage + 1) } ?? 0
        var left = end == nil ? looked : Int.max
        let values = walk
        try walk.visit(head.free, "the list of free pages", .all, keysAreNumbers: true) { node in
            let value = try values.value(of: node)
            let count = value.count >= 8 ? value.number(at: 0) : .max
            guard count < UInt64(value.count / 8) else {
                throw FileDamage("a record of free pages is not what was written")
            }
            var last = UInt64.max
            for place in stride(from: 8, through: 8 * Int(count), by: 8) {
                let page = value.number(at: place)
                guard page < last, (2...head.lastPage).contains(page), !inUse.contains(page) else {
                    throw FileDamage("the list of free pages names page \(page), which is not free")
                }
                last = page
                if let end, page >= end { missing -= min(missing, 1) }
            }
            left -= value.count
            return left > 0
        }
        guard missing == 0 else {
            throw FileDamage(
                "it has \(values.file.size) bytes and must have \((head.lastPage + 1) * UInt64(head.pageSize)): "
                    + "it was cut off")
        }
    }
}
