// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Keyed rows: a value is cut in pieces that fit a page, and what expires at some time stands in the index of that.
extension DiskStore {
    /// Bytes of a piece, without its checksum: two fit a page behind the longest key.
    private static let piece = 1_600
    /// Bytes before the value in the first piece: when the row expires, and the size of the value.
    static let header = 12

    func put(
        _ row: KeyedRow, replacing: UInt64?, _ transaction: borrowing WriteTransaction
    ) throws {
        let table = tables[row.table]
        if let replacing { try removeEnd(row.table, row.key, replacing, transaction) }
        let before = try transaction.get(keys.row(row.key, piece: 0), in: table).map(Self.pieces) ?? 0
        var writer = RowWriter()
        writer.number(row.expiresAt ?? .max)
        withUnsafeBytes(of: UInt32(row.value.count).littleEndian) { writer.raw($0) }
        writer.raw(row.value)
        var rest = writer.bytes[...]
        var number: UInt16 = 0
        while !rest.isEmpty {
            let part = rest.prefix(Self.piece)
            try transaction.put(keys.row(row.key, piece: number), Array(part), in: table)
            rest = rest[part.endIndex...]
            number += 1
        }
        if before > number { try removePieces(row.table, row.key, number..<before, transaction) }
        if let expiresAt = row.expiresAt {
            try putMark(keys.due(row.table.rawValue, time: expiresAt, row: row.key), transaction)
        }
    }

    func removeRow(
        _ table: KeyedRow.Table, _ key: [UInt8], expiresAt: UInt64?, _ transaction: borrowing WriteTransaction
    ) throws {
        if let expiresAt { try removeEnd(table, key, expiresAt, transaction) }
        guard let first = try transaction.get(keys.row(key, piece: 0), in: tables[table]),
            Self.end(of: first) == expiresAt
        else { return }
        try removePieces(table, key, 0..<Self.pieces(first), transaction)
    }

    private func removeEnd(
        _ table: KeyedRow.Table, _ key: [UInt8], _ time: UInt64, _ transaction: borrowing WriteTransaction
    ) throws {
        try transaction.delete(keys.due(table.rawValue, time: time, row: key), in: tables.due)
    }

    private func removePieces(
        _ table: KeyedRow.Table, _ key: [UInt8], _ pieces: Range<UInt16>, _ transaction: borrowing WriteTransaction
    ) throws {
        for piece in pieces { try transaction.delete(keys.row(key, piece: piece), in: tables[table]) }
    }

    private static func size(of first: UnsafeRawBufferPointer) -> Int {
        guard first.count >= header else { return 0 }
        return Int(UInt32(littleEndian: first.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    }

    private static func pieces(_ first: UnsafeRawBufferPointer) -> UInt16 {
        UInt16(clamping: (header + size(of: first) + piece - 1) / piece)
    }

    static func end(of first: UnsafeRawBufferPointer) -> UInt64? {
        guard first.count >= header else { return nil }
        let expiresAt = UInt64(littleEndian: first.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        return expiresAt == .max ? nil : expiresAt
    }

    // MARK: - Reading

    package func row(_ table: KeyedRow.Table, key: [UInt8]) throws(StoreError) -> KeyedRow? {
        try reading("a row") { transaction -> KeyedRow? in
            guard let first = try transaction.get(keys.row(key, piece: 0), in: tables[table]) else { return nil }
            if first.count == Self.header + Self.size(of: first) { return Self.row(table, key, first) }
            return try transaction.withCursor(on: tables[table].table) { cursor -> KeyedRow? in
                guard let entry = try cursor.seek(exactly: keys.row(key, piece: 0)) else { return nil }
                return try whole(table, key, entry, cursor)
            }
        }
    }

    package func heads(
        _ table: KeyedRow.Table, prefix: [UInt8], after key: [UInt8], limit: Int
    ) throws(StoreError) -> [KeyedRowHead] {
        try reading("rows") { transaction in
            try transaction.withCursor(on: tables[table].table) { cursor in
                var heads: [KeyedRowHead] = []
                let start = key.lexicographicallyPrecedes(prefix) ? prefix : key
                var order = KeyOrder()
                var entry = try cursor.seek(toOrAfter: keys.row(start, piece: 0))
                while heads.count < limit, let found = try order.pass(entry), found.key.count > 3,
                    found.key.starts(with: prefix)
                {
                    let rowKey = Array(found.key.dropLast(3))
                    let isFirst = found.key.suffix(2).allSatisfy { $0 == 0 }
                    if isFirst, rowKey != key {
                        let piece = try tables[table].value(of: found)
                        let first = UnsafeRawBufferPointer(rebasing: piece.prefix(Self.header + KeyedRowHead.bytes))
                        heads.append(KeyedRowHead(row: Self.row(table, rowKey, first), size: Self.size(of: piece)))
                    }
                    entry = try cursor.next()
                }
                return heads
            }
        }
    }

    package func expiredRows(
        _ table: KeyedRow.Table, after last: (key: [UInt8], expiresAt: UInt64)?, by time: UInt64, limit: Int
    ) throws(StoreError) -> [(key: [UInt8], expiresAt: UInt64)] {
        try reading("rows whose time has come") { transaction in
            try transaction.withCursor(on: tables.due) { cursor in
                var found: [(key: [UInt8], expiresAt: UInt64)] = []
                let start = keys.due(table.rawValue, time: last?.expiresAt ?? 0, row: last.map { $0.key + [0] } ?? [])
                var entry = try cursor.seek(toOrAfter: start)
                var order = KeyOrder()
                while found.count < limit, let row = try order.pass(entry), row.key[0] == table.rawValue,
                    row.key.count > 9, row.key.keyNumber(at: 1) <= time
                {
                    found.append((Array(row.key.dropFirst(9)), row.key.keyNumber(at: 1)))
                    entry = try cursor.next()
                }
                return found
            }
        }
    }

    func hasReceipts(subscription: UInt64, _ transaction: borrowing ReadTransaction) throws -> Bool {
        try transaction.withCursor(on: tables.receipts.table) { cursor in
            let owner = keys.key(subscription)
            return try cursor.seek(toOrAfter: owner)?.key.starts(with: owner) ?? false
        }
    }

    /// A row with all its pieces; the cursor stands on its first one, and then on its last.
    func whole(
        _ table: KeyedRow.Table, _ key: [UInt8], _ first: Entry, _ cursor: borrowing Cursor
    ) throws -> KeyedRow {
        var bytes = Array(try tables[table].value(of: first))
        let size = bytes.withUnsafeBytes { Self.header + Self.size(of: $0) }
        var number: UInt16 = 0
        while bytes.count < size {
            number += 1
            let piece = try cursor.next()
            guard let piece, piece.key.elementsEqual(keys.row(key, piece: number)) else {
                throw StoreError(.damaged, "a row ends after \(bytes.count) of \(size) bytes")
            }
            bytes.append(contentsOf: try tables[table].value(of: piece))
        }
        return bytes.withUnsafeBytes { Self.row(table, key, $0) }
    }

    private static func row(_ table: KeyedRow.Table, _ key: [UInt8], _ bytes: UnsafeRawBufferPointer) -> KeyedRow {
        KeyedRow(table, key, bytes)
    }
}

extension KeyedRow {
    /// The row whose whole value lies in one piece.
    init(_ table: Table, _ key: [UInt8], _ bytes: UnsafeRawBufferPointer) {
        self.init(
            table: table, key: key, value: Array(bytes.dropFirst(DiskStore.header)), expiresAt: DiskStore.end(of: bytes)
        )
    }
}
