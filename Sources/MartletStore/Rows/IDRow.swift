// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Some ids of one topic as a row holds them: the time they share, and 16 bytes for each.
enum IDRow {
    /// Ids of a row, so that two rows fit a page.
    static let limit = 125
    private static let header = 8
    private static let size = 16

    static func encode(_ ids: ArraySlice<MessageID>) -> [UInt8] {
        guard let first = ids.first else { return [] }
        let count = header + ids.count * size
        return [UInt8](unsafeUninitializedCapacity: count + RowChecksum.size) { row, initialized in
            let row = UnsafeMutableRawBufferPointer(row)
            row.storeBytes(of: first.time.littleEndian, toByteOffset: 0, as: UInt64.self)
            var at = header
            for id in ids {
                let delta = UInt32(truncatingIfNeeded: id.offset - first.offset)
                row.storeBytes(of: delta.littleEndian, toByteOffset: at, as: UInt32.self)
                row.storeBytes(of: id.sum.littleEndian, toByteOffset: at + 4, as: UInt32.self)
                row.storeBytes(of: id.hash.littleEndian, toByteOffset: at + 8, as: UInt64.self)
                at += size
            }
            initialized = count
        }
    }

    /// How many ids of a run fit one row: they share a time, and lie within 32 bits of each other.
    static func count(_ ids: ArraySlice<MessageID>) -> Int {
        guard let first = ids.first else { return 0 }
        return ids.prefix(limit).prefix { $0.time == first.time && $0.offset - first.offset <= UInt32.max }.count
    }

    /// Offsets from the first of a row to behind the last.
    static func span(of row: UnsafeRawBufferPointer) -> UInt64 {
        let count = (row.count - header) / size
        guard count > 0 else { return 0 }
        let last = row.loadUnaligned(fromByteOffset: header + (count - 1) * size, as: UInt32.self)
        return UInt64(UInt32(littleEndian: last)) + 1
    }

    static func decode(
        _ row: UnsafeRawBufferPointer, first: UInt64, _ body: (MessageID) -> Void
    ) throws(StoreError) {
        guard row.count > header, (row.count - header) % size == 0 else {
            throw StoreError(.damaged, "a row of ids has \(row.count) bytes")
        }
        let time = UInt64(littleEndian: row.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        for at in stride(from: header, to: row.count, by: size) {
            let delta = UInt32(littleEndian: row.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            let sum = UInt32(littleEndian: row.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
            let hash = UInt64(littleEndian: row.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
            body(MessageID(hash: hash, offset: first + UInt64(delta), sum: sum, time: time))
        }
    }
}
