// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

/// The header of a pack: some messages of one topic that were committed together.
///
/// All numbers are little-endian. The checksum covers topic, base offset, the rest of the header and the records,
/// so that a pack that turns up under another key is damage too.
package struct Pack {
    /// Bytes of the header.
    package static let headerSize = 32
    /// The version of this layout.
    package static let version: UInt8 = 1
    /// The most bytes of a pack that LMDB keeps in a leaf page, two to a page, behind a key of 16 bytes.
    package static let largest = 2_014
    /// The size at which packs close where several topics share the end of the log: about four to a page.
    package static let shared = 960
    /// The most bytes of a further piece of a large message, behind its key of 20 bytes, two to a page.
    package static let piece = 2_010
    /// The same where pieces are not appended at the end of the log: four to a page, since a split leaves room behind.
    package static let sharedPiece = 990
    /// The most messages of one pack.
    package static let messages = 65_535

    private static let isLarge: UInt8 = 1

    /// Messages in the pack.
    package var count: Int
    /// Whether this is one message that is cut in pieces.
    package var large: Bool
    /// Bytes of records behind the header, all pieces taken together.
    package var payload: Int
    /// When the messages were published, in Unix milliseconds.
    package var time: UInt64
    /// Bytes of records that the topic ever took, these included: the difference of two packs is what lies between.
    package var total: UInt64

    /// Makes a header.
    package init(count: Int, large: Bool, payload: Int, time: UInt64, total: UInt64) {
        self.count = count
        self.large = large
        self.payload = payload
        self.time = time
        self.total = total
    }

    /// Writes the header in front of its records, checksum included.
    package func write(to pack: UnsafeMutableRawBufferPointer, topic: UInt64, base: UInt64) {
        pack[0] = Self.version
        pack[1] = large ? Self.isLarge : 0
        pack.storeBytes(of: UInt16(count).littleEndian, toByteOffset: 2, as: UInt16.self)
        pack.storeBytes(of: UInt32(payload).littleEndian, toByteOffset: 8, as: UInt32.self)
        pack.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
        pack.storeBytes(of: time.littleEndian, toByteOffset: 16, as: UInt64.self)
        pack.storeBytes(of: total.littleEndian, toByteOffset: 24, as: UInt64.self)
        let sum = Self.checksum(of: UnsafeRawBufferPointer(pack), topic: topic, base: base)
        pack.storeBytes(of: sum.littleEndian, toByteOffset: 4, as: UInt32.self)
    }

    /// Reads a header, or nothing when it is not one.
    package init?(_ pack: UnsafeRawBufferPointer) {
        guard pack.count >= Self.headerSize, pack[0] == Self.version else { return nil }
        large = pack[1] & Self.isLarge != 0
        count = Int(UInt16(littleEndian: pack.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        payload = Int(UInt32(littleEndian: pack.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        time = UInt64(littleEndian: pack.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        total = UInt64(littleEndian: pack.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// Whether a whole pack is what was written under its key.
    package static func isIntact(_ pack: UnsafeRawBufferPointer, topic: UInt64, base: UInt64) -> Bool {
        guard pack.count >= headerSize else { return false }
        let stored = UInt32(littleEndian: pack.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        return stored == checksum(of: pack, topic: topic, base: base)
    }

    private static func checksum(of pack: UnsafeRawBufferPointer, topic: UInt64, base: UInt64) -> UInt32 {
        var sum = withUnsafeBytes(of: (topic.littleEndian, base.littleEndian)) {
            martlet_crc32c(0, $0.baseAddress, $0.count)
        }
        sum = martlet_crc32c(sum, pack.baseAddress, 4)
        // SAFETY: callers give a pack with its header, so the base exists and 8 bytes can be skipped.
        return martlet_crc32c(sum, pack.baseAddress! + 8, pack.count - 8)
    }
}
