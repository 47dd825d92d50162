// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

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
        plain(values)
    }

    /// Numbers without their count.
    mutating func plain(_ values: [UInt64]) {
        values.map { $0.littleEndian }.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Bytes behind 4 bytes of length.
    package mutating func data(_ value: some Collection<UInt8>) {
        withUnsafeBytes(of: UInt32(value.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: value)
    }

    /// The CRC32C of what was written from a place on, behind it.
    ///
    /// - Returns: that checksum.
    @discardableResult
    package mutating func checksum(from start: Int) -> UInt32 {
        let sum = bytes.withUnsafeBytes { bytes in
            martlet_crc32c(0, bytes.baseAddress?.advanced(by: start), bytes.count - start)
        }
        short(sum)
        return sum
    }

    /// Writes over what stands at a place.
    package mutating func overwrite(at place: Int, _ value: UnsafeRawBufferPointer) {
        bytes.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[place..<(place + value.count)]).copyMemory(from: value)
        }
    }

    /// Begins anew, in the same memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    package mutating func text(_ value: String) {
        let utf8 = Array(value.utf8.prefix(Int(UInt16.max)))
        bytes.append(UInt8(truncatingIfNeeded: utf8.count))
        bytes.append(UInt8(truncatingIfNeeded: utf8.count >> 8))
        bytes.append(contentsOf: utf8)
    }
}
