// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A data file as of one commit, read page by page and not through a map, so that damage is told and ends nothing.
package final class FileImage {
    let file: PageFile
    let head: FileHead
    private var pin: FilePin?
    /// Pages that belong to something, as far as has been looked.
    var used: PageMarks
    /// Pages that were named by the list of free pages.
    var free: PageMarks
    /// Whether pages are marked as they are visited, and none may be visited twice.
    private(set) var marksPages = true
    /// The trees of the tables by their names; those that LMDB has no root of are not there.
    private(set) var trees: [String: TreeRoot] = [:]

    /// How often a head is read that a commit may just be writing.
    private static let attempts = 100
    private static let slack: UInt64 = 65_536

    /// Reads a file that no process writes to.
    ///
    /// - Throws: `FileDamage` when its heads are not those of a data file, `LMDBError` when it cannot be read.
    package convenience init(path: String) throws {
        guard let file = try PageFile(path: path) else {
            throw LMDBError(code: .noSuchFile, operation: "open")
        }
        try self.init(file, FileCheck.newest(of: file), nil)
    }

    /// Reads the file of a folder as of its newest commit, whether a process writes to it or not.
    ///
    /// What that process frees from then on is not used again before this object is gone: its file grows.
    package convenience init(folder: String) throws {
        let (file, head, pin) = try Self.pinned(folder)
        try self.init(file, head, pin)
    }

    private static func pinned(_ folder: String) throws -> (PageFile, FileHead, FilePin?) {
        let path = folder + "/data.mdb"
        guard let file = try PageFile(path: path), file.size > 0 else {
            throw LMDBError(code: .noSuchFile, operation: "open")
        }
        // Of a file that is damaged its heads tell more.
        guard let pin = try pin(of: folder) else { return (file, try FileCheck.newest(of: file), nil) }
        for attempt in 1...attempts {
            // A head may be read while it is written.
            let heads = attempt == attempts ? try FileCheck.heads(of: file) : try? FileCheck.heads(of: file)
            if let head = heads?.first(where: { $0.transaction == pin.commit }) {
                return (try PageFile(path: path) ?? file, head, pin)
            }
            try pin.renew()
        }
        throw LMDBError(code: .busy, operation: "reading the head of a file that is written to all the time")
    }

    /// The newest commit of a folder's file, pinned; nil when it is none that LMDB takes.
    private static func pin(of folder: String) throws(LMDBError) -> FilePin? {
        do {
            return try FilePin(folder: folder)
        } catch {
            guard error.isDamage || error.code == .versionMismatch else { throw error }
            return nil
        }
    }

    private init(_ file: PageFile, _ head: FileHead, _ pin: FilePin?) throws {
        // The end of a file may not be written yet, if it was freed within one commit; but not most of it.
        guard head.lastPage < UInt64(file.size / head.pageSize) * 4 + Self.slack else {
            throw FileDamage(
                "it has \(file.size) bytes and says that its last page is \(head.lastPage): it was cut off")
        }
        self.file = file
        self.head = head
        self.pin = pin
        used = PageMarks(pages: head.lastPage + 1)
        free = PageMarks(pages: head.lastPage + 1)
    }

    /// Bytes per page.
    package var pageSize: Int { head.pageSize }
    /// The number of the last page ever used.
    package var lastPage: UInt64 { head.lastPage }
    /// The number of the commit.
    package var commit: UInt64 { head.transaction }
    /// Bytes up to the last page ever used.
    package var usedBytes: Int { Int(head.lastPage + 1) * head.pageSize }
    /// Bytes of the file.
    package var fileBytes: Int { file.size }
    /// Bytes by which the file has grown since this commit.
    package var grownBytes: Int {
        pin.map { Int($0.lastPage - min($0.lastPage, head.lastPage)) * head.pageSize } ?? 0
    }

    /// Lets the process that writes use freed pages again; what is read from then on may be of later commits.
    package func unpin() {
        pin = nil
    }

    /// The names of the tables that were found, in order; `readTables` finds them.
    package var tables: [String] { trees.keys.sorted() }

    /// How many entries a table says that it has.
    package func entries(of table: String) -> UInt64 { trees[table]?.entries ?? 0 }

    /// Finds the tables, and gives the entries that stand beside them.
    package func readTables(
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void, fault: (PageFault) -> Void
    ) throws {
        let name = "the table of tables"
        trees = [:]
        try walk(head.main, name, keysAreNumbers: false, fault: fault) { node, value in
            if node.flags & TreePage.tableFlag == 0 {
                try node.key.withUnsafeBytes { key in try value.withUnsafeBytes { try body(key, $0) } }
                return
            }
            let table = String(decoding: node.key, as: UTF8.self)
            guard value.count == TreeRoot.size else {
                fault(PageFault(table: table, losesEntries: true, "table '\(table)' has no root"))
                return
            }
            trees[table] = TreeRoot(Array(value), at: 0)
        }
    }

    /// Gives all entries of a table in the order of their keys.
    ///
    /// - Parameter fault: told of pages that are not what was written, whose entries are left out.
    package func walk(
        _ table: String, fault: (PageFault) -> Void,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard let tree = trees[table] else { return }
        try walk(tree, "table '\(table)'", keysAreNumbers: false, fault: fault) { node, value in
            try node.key.withUnsafeBytes { key in try value.withUnsafeBytes { try body(key, $0) } }
        }
    }

    /// Gives all entries of a table once more; only of a file in which no fault was found.
    package func walkAgain(
        _ table: String, _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        marksPages = false
        defer { marksPages = true }
        try walk(table, fault: { _ in }, body)
    }

    /// The bytes of the file from its beginning, up to the last page ever used; what the file lacks is zeros.
    ///
    /// The heads are both those of this commit, so that it alone is found in a copy.
    package func read(at offset: Int, count: Int) throws -> [UInt8] {
        let end = min(offset + count, usedBytes)
        guard offset < end else { return [] }
        let there = max(0, min(end, file.size) - offset)
        var bytes = try file.read(there, at: offset)
        bytes.append(contentsOf: repeatElement(0, count: end - offset - there))
        if offset < 2 * pageSize {
            let heads = try copiedHeads()
            for place in offset..<min(end, heads.count) { bytes[place - offset] = heads[place] }
        }
        return bytes
    }

    /// The two pages of the heads for a copy: one commit of the two is older by name, and both say the same.
    private func copiedHeads() throws -> [UInt8] {
        let number = head.transaction
        var pages: [UInt8] = []
        for page in UInt64(0)...1 {
            var bytes = [UInt8](repeating: 0, count: pageSize)
            bytes.replaceSubrange(0..<FileHead.size, with: head.bytes)
            bytes.put(page, at: 0)
            // Commits take the two pages in turns; the newer one is where its number says.
            bytes.put(page == number % 2 ? number : number - min(number, 1), at: FileHead.transactionPlace)
            pages += bytes
        }
        return pages
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ number: UInt64, at offset: Int) {
        Swift.withUnsafeBytes(of: number) { replaceSubrange(offset..<offset + 8, with: $0) }
    }
}
