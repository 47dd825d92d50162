// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What LMDB keeps about one tree.
///
/// It is pad (4), flags (2), depth (2), branch, leaf and overflow pages (8 each), entries (8), root (8).
struct TreeRoot {
    /// Bytes that it takes.
    static let size = 48
    /// The root of a tree without entries.
    static let none = UInt64.max

    let pad: UInt32
    let flags: UInt16
    let depth: UInt16
    let entries: UInt64
    let root: UInt64

    init(_ bytes: [UInt8], at offset: Int) {
        pad = bytes.word(at: offset)
        flags = bytes.short(at: offset + 4)
        depth = bytes.short(at: offset + 6)
        entries = bytes.number(at: offset + 32)
        root = bytes.number(at: offset + 40)
    }
}
