// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A mark for each page of a file: an eighth of a byte, so that a file of any size can be looked at.
struct PageMarks {
    private var words: [UInt64]

    init(pages: UInt64) {
        words = Array(repeating: 0, count: Int(pages / 64) + 1)
    }

    /// Marks a page; false when it was marked before.
    mutating func insert(_ page: UInt64) -> Bool {
        let bit: UInt64 = 1 << (page % 64)
        defer { words[Int(page / 64)] |= bit }
        return words[Int(page / 64)] & bit == 0
    }

    func contains(_ page: UInt64) -> Bool {
        words[Int(page / 64)] & (1 << (page % 64)) != 0
    }
}
