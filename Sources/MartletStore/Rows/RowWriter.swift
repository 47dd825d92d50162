// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Writes the values of rows: numbers in 8 bytes little-endian, text behind 2 bytes of length.
package struct RowWriter {
    package private(set) var bytes: [UInt8] = []

    /// Makes an empty one.
    package init() {}

    package mutating func number(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A number of 4 bytes.
    package mutating func short(_ value: UInt32) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func byte(_ value: UInt8) {
        bytes.append(value)
    }

    package mutating func raw(_ value: some Sequence<UInt8>) {
        bytes.append(contentsOf: value)
    }

    /// Bytes for fields whose features are not built yet.
    package mutating func reserved(_ count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    /// A list of numbers behind its count.
    package mutating func numbers(_ values: [UInt64]) {
        number(UInt64(values.count))
        for value in values { number(value) }
    }

    /// Bytes behind 4 bytes of length.
    package mutating func data(_ value: some Collection<UInt8>) {
        withUnsafeBytes(of: UInt32(value.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: value)
    }

    package mutating func text(_ value: String) {
        let utf8 = Array(value.utf8.prefix(Int(UInt16.max)))
        bytes.append(UInt8(truncatingIfNeeded: utf8.count))
        bytes.append(UInt8(truncatingIfNeeded: utf8.count >> 8))
        bytes.append(contentsOf: utf8)
    }
}
