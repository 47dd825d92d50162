// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

/// What stands at the beginning of a segment: 64 bytes, little-endian.
///
/// A mark (8), the version of this form (8), the identity (8), the life (8), the index from which the journal goes on
/// (8), the sum of the last record of the segment before (4), zeros (16), and the CRC32C of all that (4).
struct JournalHeader: Equatable {
    static let size = 64
    /// Bytes that it takes: a block.
    static let space = BlockBuffer.block
    static let version: UInt64 = 1
    private static let mark = Array("MARTLETJ".utf8)

    var use: JournalUse
    var first: UInt64
    var previous: UInt32

    init(use: JournalUse, first: UInt64, previous: UInt32) {
        self.use = use
        self.first = first
        self.previous = previous
    }

    /// What became of the look at a segment's beginning.
    enum Look: Equatable {
        case header(JournalHeader)
        /// Nothing that was ever written whole.
        case none
        /// Another version of martlet wrote it.
        case version(UInt64)
    }

    static func look(_ bytes: UnsafeRawBufferPointer) -> Look {
        guard bytes.count >= size, bytes.prefix(8).elementsEqual(mark) else { return .none }
        func number(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        let sum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: size - 4, as: UInt32.self))
        guard martlet_crc32c(0, bytes.baseAddress, size - 4) == sum else { return .none }
        guard number(8) == version else { return .version(number(8)) }
        let previous = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 40, as: UInt32.self))
        return .header(
            JournalHeader(
                use: JournalUse(identity: number(16), life: number(24)), first: number(32), previous: previous))
    }

    /// The header as bytes.
    var bytes: [UInt8] {
        var writer = RowWriter()
        writer.raw(Self.mark)
        for number in [Self.version, use.identity, use.life, first] { writer.number(number) }
        writer.short(previous)
        writer.reserved(16)
        writer.checksum(from: 0)
        return writer.bytes
    }
}
