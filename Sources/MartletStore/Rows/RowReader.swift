// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the values of rows; a value that is not there is damage.
struct RowReader {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    private mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard rest.count >= count else { throw StoreError(.damaged, "a row ends too early") }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    mutating func number() throws(StoreError) -> UInt64 {
        UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    mutating func byte() throws(StoreError) -> UInt8 {
        try take(1)[0]
    }

    /// Whether nothing is left: rows that an earlier version wrote end before the fields that came later.
    var isAtEnd: Bool { rest.isEmpty }

    /// All that is left.
    var remainder: UnsafeRawBufferPointer { rest }

    mutating func text() throws(StoreError) -> String {
        let length = try take(2)
        return String(decoding: try take(Int(length[0]) | Int(length[1]) << 8), as: UTF8.self)
    }
}
