// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the values of rows; a value that is not there is damage.
package struct RowReader {
    private var rest: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    private mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard rest.count >= count else { throw StoreError(.damaged, "a row ends too early") }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    package mutating func number() throws(StoreError) -> UInt64 {
        UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    /// A number of 4 bytes.
    package mutating func short() throws(StoreError) -> UInt32 {
        UInt32(littleEndian: try take(4).loadUnaligned(as: UInt32.self))
    }

    package mutating func byte() throws(StoreError) -> UInt8 {
        try take(1)[0]
    }

    /// Skips fields whose features are not built yet; anything but zeros is a newer martlet's.
    package mutating func reserved(_ count: Int) throws(StoreError) {
        guard try take(count).allSatisfy({ $0 == 0 }) else {
            throw StoreError(.schema, "the data file uses features that this martlet does not know")
        }
    }

    /// A list of numbers behind its count.
    package mutating func numbers() throws(StoreError) -> [UInt64] {
        let count = try number()
        guard count <= UInt64(rest.count / 8) else { throw StoreError(.damaged, "a row ends too early") }
        var values: [UInt64] = []
        for _ in 0..<count { values.append(try number()) }
        return values
    }

    /// Bytes behind 4 bytes of length.
    package mutating func data() throws(StoreError) -> UnsafeRawBufferPointer {
        try take(Int(UInt32(littleEndian: try take(4).loadUnaligned(as: UInt32.self))))
    }

    /// Whether nothing is left.
    package var isAtEnd: Bool { rest.isEmpty }

    /// All that is left.
    package var remainder: UnsafeRawBufferPointer { rest }

    package mutating func text() throws(StoreError) -> String {
        let length = try take(2)
        return String(decoding: try take(Int(length[0]) | Int(length[1]) << 8), as: UTF8.self)
    }
}
