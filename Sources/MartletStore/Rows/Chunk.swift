// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which of 4,096 consecutive offsets are settled, as a row holds it: 64 words, or one byte when all of them are.
enum Chunk {
    /// Offsets of a chunk.
    static let offsets: UInt64 = 4_096
    private static let size = 512

    static func encode(_ words: [UInt64]?) -> [UInt8] {
        guard let words else { return [1] }
        return [UInt8](unsafeUninitializedCapacity: size + RowChecksum.size) { row, count in
            let row = UnsafeMutableRawBufferPointer(row)
            for (index, word) in words.enumerated() {
                row.storeBytes(of: word.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
            }
            count = size
        }
    }

    /// The words of a row; nil when all offsets are settled.
    static func words(_ value: UnsafeRawBufferPointer) throws(StoreError) -> [UInt64]? {
        if value.count == 1 { return nil }
        guard value.count == size else { throw StoreError(.damaged, "a chunk of acks has \(value.count) bytes") }
        return (0..<size / 8).map {
            UInt64(littleEndian: value.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
        }
    }
}
