// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Puts keyed rows together of their pieces, as a walk over their table meets them.
struct KeyedWalk {
    private let table: KeyedRow.Table
    private var key: [UInt8] = []
    private var bytes: [UInt8] = []
    private var size = 0
    private var pieces: UInt16 = 0

    init(_ table: KeyedRow.Table) {
        self.table = table
    }

    /// Takes a piece; gives the row that is complete with it.
    ///
    /// - Throws: `damaged` when it is not the next piece of the row at hand, or the first one of the next row.
    mutating func take(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(StoreError) -> KeyedRow? {
        guard key.count > 3 else { throw StoreError(.damaged, "a row has a key of \(key.count) bytes") }
        let rowKey = Array(key.dropLast(3))
        let number = UInt16(key[key.count - 2]) << 8 | UInt16(key[key.count - 1])
        if number == 0 {
            let left = size - bytes.count
            start(rowKey, value)
            guard left <= 0 else { throw StoreError(.damaged, "the row before this one lacks \(left) bytes") }
        } else {
            guard rowKey == self.key, number == pieces, bytes.count < size else {
                throw StoreError(.damaged, "piece \(number) of a row belongs to none")
            }
            bytes.append(contentsOf: value)
            pieces += 1
        }
        guard bytes.count >= size else { return nil }
        defer { (bytes, size) = ([], 0) }
        guard bytes.count == size, size >= DiskStore.header else {
            throw StoreError(.damaged, "a row has \(bytes.count) of \(size) bytes")
        }
        let row = bytes.withUnsafeBytes { KeyedRow(table, rowKey, $0) }
        guard table == .scheduled, row.value.first != 0 else { return row }
        return bytes.withUnsafeBytes { KeyedRow(.scheduledAt, rowKey, $0) }
    }

    /// Ends the walk.
    func finish() throws(StoreError) {
        guard bytes.count >= size else { throw StoreError(.damaged, "the last row lacks \(size - bytes.count) bytes") }
    }

    private mutating func start(_ key: [UInt8], _ value: UnsafeRawBufferPointer) {
        self.key = key
        bytes = Array(value)
        size = DiskStore.header
        if value.count >= DiskStore.header {
            size += Int(UInt32(littleEndian: value.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        }
        pieces = 1
    }
}
