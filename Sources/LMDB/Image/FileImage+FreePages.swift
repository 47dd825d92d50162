// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Which pages are free: all that belong to nothing, and no others.
extension FileImage {
    /// How the pages of a file are used.
    package struct PageCount: Equatable, Sendable {
        /// Pages that are there, the two heads included.
        package var all: UInt64
        /// Pages that the list of free pages names.
        package var free: UInt64
        /// Pages that belong to nothing and are not free: they are never used again.
        package var orphans: UInt64
        /// The first of those, some of them at most.
        package var firstOrphans: [UInt64]
    }

    private static let told = 20

    /// Reads the list of free pages, after all tables have been walked over.
    package func countPages(fault: (PageFault) -> Void) throws -> PageCount {
        let name = "the list of free pages"
        var count = PageCount(all: head.lastPage + 1, free: 0, orphans: 0, firstOrphans: [])
        // A file that is too short for its last page lacks pages that were used and freed within one commit.
        let end = UInt64(file.size / pageSize)
        try walk(head.free, name, keysAreNumbers: true, fault: fault) { _, value in
            let value = Array(value)
            let numbers = value.count >= 8 ? value.number(at: 0) : .max
            guard numbers < UInt64(value.count / 8) else {
                fault(PageFault(table: name, "a record of free pages is not what was written"))
                return
            }
            for place in stride(from: 8, through: 8 * Int(numbers), by: 8) {
                let page = value.number(at: place)
                if !(2...head.lastPage).contains(page) {
                    fault(
                        PageFault(table: name, page: page, "the list of free pages names page \(page), which is none"))
                } else if !free.insert(page) {
                    fault(PageFault(table: name, page: page, "the list of free pages names page \(page) twice"))
                }
            }
        }
        for page in stride(from: 2, through: head.lastPage, by: 1) {
            switch (used.contains(page), free.contains(page)) {
            case (true, false): break
            case (false, true): count.free += 1
            case (true, true):
                fault(
                    PageFault(
                        table: name, page: page,
                        "the list of free pages names page \(page), which is in use: it will be written over"))
            case (false, false):
                count.orphans += 1
                if count.firstOrphans.count < Self.told { count.firstOrphans.append(page) }
            }
        }
        if end <= head.lastPage, let missing = (end...head.lastPage).first(where: { !free.contains($0) }) {
            fault(
                PageFault(
                    table: "", page: missing,
                    "the file has \(file.size) bytes and must have \(usedBytes): it was cut off"))
        }
        return count
    }
}
