// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

// The byte form of a batch, by which it can be kept in a log or shipped to a replica.
//
// It is one version byte, the index (8), the time (8), the count of operations (8), the operations, and the CRC32C of
// all that. An operation is its kind (1) and its fields as rows have them.
extension StoreBatch {
    private static let version: UInt8 = 1
    /// Bytes of a batch without operations.
    static let leastSize = 29

    /// The batch as bytes.
    package var bytes: [UInt8] {
        var writer = RowWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Writes the batch behind what stands there.
    ///
    /// - Returns: its checksum.
    @discardableResult
    func write(to writer: inout RowWriter) -> UInt32 {
        let start = writer.bytes.count
        writer.byte(Self.version)
        writer.number(index)
        writer.number(time)
        writer.number(UInt64(operations.count))
        for operation in operations { operation.write(to: &writer) }
        return writer.checksum(from: start)
    }

    /// Reads a batch.
    ///
    /// - Throws: `damaged` when the bytes are not those of a batch.
    package init(bytes: [UInt8]) throws(StoreError) {
        self = try bytes.withBytes { bytes throws(StoreError) in try StoreBatch(bytes) }
    }

    /// Reads a batch.
    ///
    /// - Throws: `damaged` when the bytes are not those of a batch.
    init(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        self = try Self.read(bytes)
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> StoreBatch {
        let end = bytes.count - 4
        guard end > 0, bytes[0] == version,
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self))
                == martlet_crc32c(0, bytes.baseAddress, end)
        else { throw StoreError(.damaged, "a batch is not what was written") }
        var reader = RowReader(UnsafeRawBufferPointer(rebasing: bytes[1..<end]))
        let index = try reader.number()
        let time = try reader.number()
        let count = try reader.number()
        var operations: [StoreOperation] = []
        for _ in 0..<count { operations.append(try StoreOperation(&reader)) }
        guard reader.isAtEnd else { throw StoreError(.damaged, "a batch is longer than its operations") }
        return StoreBatch(index: index, time: time, operations: operations)
    }
}
