// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

/// What stands before a batch in the journal: 24 bytes, little-endian.
///
/// Bytes of the batch (4), the sum of the record before (4), the index (8), the sum (4), zeros (4). The sum is the
/// CRC32C of the journal's identity, the segment's life, the first three fields and the batch's own checksum: so a
/// record is one of this journal and this use of the segment, follows the one before, and is whole.
///
/// One without a batch is the end mark of a segment: the batch with its index stands first in the next one. It is
/// written when that batch is durable and before it is confirmed, so that the loss of the newest segment is found.
struct JournalRecord {
    static let headerSize = 24

    /// Bytes of the batch; 0 in an end mark.
    var size: Int
    /// The sum of the record before it.
    var previous: UInt32
    /// The index of the batch.
    var index: UInt64
    /// The sum of this record.
    var sum: UInt32

    /// Bytes of an end mark, for which each segment keeps room.
    static let endSpace = BlockBuffer.block

    /// Bytes of a record with a batch of so many bytes.
    ///
    /// Each begins a block of its own, so that what was confirmed is never written over.
    static func space(_ size: Int) -> Int { BlockBuffer.whole(headerSize + size) }

    /// Makes the header of a batch whose own checksum is known.
    init(size: Int, checksum: UInt32, index: UInt64, behind previous: UInt32, _ use: JournalUse) {
        self.size = size
        self.previous = previous
        self.index = index
        sum = use.sum(size: size, previous: previous, index: index, checksum: checksum)
    }

    /// Makes the end mark of a segment.
    init(endBefore index: UInt64, behind previous: UInt32, _ use: JournalUse) {
        self.init(size: 0, checksum: 0, index: index, behind: previous, use)
    }

    /// Whether it is an end mark.
    var isEnd: Bool { size == 0 }

    /// Reads what stands before a batch; nil when it cannot be one.
    init?(header bytes: UnsafeRawBufferPointer, at place: Int) {
        guard bytes.count - place >= Self.headerSize else { return nil }
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place + offset, as: UInt32.self))
        }
        size = Int(word(0))
        let isPossible = size == 0 || size >= StoreBatch.leastSize
        guard isPossible, size <= bytes.count - place - Self.headerSize else { return nil }
        previous = word(4)
        index = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
        sum = word(16)
    }

    /// Whether what stands at a place was to be the next record, whatever has become of it.
    static func isLike(_ bytes: UnsafeRawBufferPointer, at place: Int, index: UInt64, behind sum: UInt32) -> Bool {
        guard bytes.count - place >= headerSize else { return false }
        let previous = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
        let found = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
        return found == index || previous == sum && sum != 0
    }

    /// Reads the record at a place of a segment; nil when there is none that is whole.
    init?(_ bytes: UnsafeRawBufferPointer, at place: Int, _ use: JournalUse) {
        self.init(header: bytes, at: place)
        guard !isEnd else {
            guard use.sum(size: 0, previous: previous, index: index, checksum: 0) == sum else { return nil }
            return
        }
        let start = place + Self.headerSize
        let checksum = UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: start + size - 4, as: UInt32.self))
        guard use.sum(size: size, previous: previous, index: index, checksum: checksum) == sum,
            martlet_crc32c(0, bytes.baseAddress?.advanced(by: start), size - 4) == checksum
        else { return nil }
    }

    /// The header as bytes.
    var header: (UInt32, UInt32, UInt64, UInt32, UInt32) {
        (UInt32(size).littleEndian, previous.littleEndian, index.littleEndian, sum.littleEndian, 0)
    }
}
