// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

/// The last four bytes of a row: the CRC32C of its table's number, its key and its value.
///
/// A row that is handed out or decides a delivery is checked each time that it is read.
enum RowChecksum {
    /// Bytes behind a value.
    static let size = 4

    /// The value with its checksum behind it.
    static func appended(to value: [UInt8], _ table: RowTable, key: UnsafeRawBufferPointer) -> [UInt8] {
        var row = value
        let sum = value.withUnsafeBytes { self.sum(table, key, $0) }
        withUnsafeBytes(of: sum.littleEndian) { row.append(contentsOf: $0) }
        return row
    }

    /// The value of a row without its checksum.
    ///
    /// - Throws: `damaged` when the checksum is not that of the row.
    static func value(
        of row: UnsafeRawBufferPointer, _ table: RowTable, key: UnsafeRawBufferPointer
    ) throws(StoreError) -> UnsafeRawBufferPointer {
        let end = row.count - size
        guard end >= 0 else { throw damaged(table) }
        let value = UnsafeRawBufferPointer(rebasing: row[..<end])
        let stored = UInt32(littleEndian: row.loadUnaligned(fromByteOffset: end, as: UInt32.self))
        guard stored == sum(table, key, value) else { throw damaged(table) }
        return value
    }

    private static func damaged(_ table: RowTable) -> StoreError {
        StoreError(.damaged, "a row of the table '\(table)' is not what was written")
    }

    private static func sum(
        _ table: RowTable, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> UInt32 {
        var number = table.rawValue
        let start = martlet_crc32c(0, &number, 1)
        return martlet_crc32c(martlet_crc32c(start, key.baseAddress, key.count), value.baseAddress, value.count)
    }
}
