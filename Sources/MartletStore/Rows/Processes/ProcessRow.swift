// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Some marks of one topic as a row holds them: 12 bytes for each, in the order of their offsets.
enum ProcessRow {
    /// Marks of a row, so that two rows fit a page.
    static let limit = 165
    private static let size = 12

    static func encode(_ marks: ArraySlice<ProcessMark>) -> [UInt8] {
        guard let first = marks.first else { return [] }
        return [UInt8](unsafeUninitializedCapacity: marks.count * size) { bytes, count in
            // SAFETY: each mark fills its own 12 bytes, so that all bytes of the capacity are initialized.
            let row = UnsafeMutableRawBufferPointer(bytes)
            for mark in marks {
                let delta = UInt32(truncatingIfNeeded: mark.offset - first.offset)
                row.storeBytes(of: delta.littleEndian, toByteOffset: count, as: UInt32.self)
                row.storeBytes(of: mark.hash.littleEndian, toByteOffset: count + 4, as: UInt64.self)
                count += size
            }
        }
    }

    /// How many marks of a run fit one row.
    static func count(_ marks: ArraySlice<ProcessMark>) -> Int {
        guard let first = marks.first else { return 0 }
        return marks.prefix(limit).prefix { $0.offset - first.offset <= UInt32.max }.count
    }

    /// The offsets of a row that have a hash.
    static func offsets(of hash: UInt64, _ row: UnsafeRawBufferPointer, first: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        for at in stride(from: 0, through: row.count - size, by: size)
        where UInt64(littleEndian: row.loadUnaligned(fromByteOffset: at + 4, as: UInt64.self)) == hash {
            found.append(first + UInt64(UInt32(littleEndian: row.loadUnaligned(fromByteOffset: at, as: UInt32.self))))
        }
        return found
    }

    /// The marks of a row.
    static func marks(_ row: UnsafeRawBufferPointer, first: UInt64) -> [ProcessMark] {
        stride(from: 0, through: row.count - size, by: size).map { at in
            let delta = UInt32(littleEndian: row.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            let hash = UInt64(littleEndian: row.loadUnaligned(fromByteOffset: at + 4, as: UInt64.self))
            return ProcessMark(offset: first + UInt64(delta), hash: hash)
        }
    }

    /// The offset behind the last of a row.
    static func end(of row: UnsafeRawBufferPointer, first: UInt64) -> UInt64 {
        guard row.count >= size else { return first }
        let last = row.loadUnaligned(fromByteOffset: row.count - size, as: UInt32.self)
        return first + UInt64(UInt32(littleEndian: last)) + 1
    }
}
