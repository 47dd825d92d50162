// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletStore

/// Rows of the data file: the first byte says of which kind, the rest is the value.
///
/// What can be read is read again as it is written; where texts are repaired and cut it is only read.
enum RowsEntry {
    static func read(_ bytes: [UInt8]) throws {
        guard let kind = bytes.first else { return }
        try bytes.dropFirst().withUnsafeBytes { value in
            do {
                try read(kind, value)
            } catch is StoreError {
                return
            }
        }
    }

    private static func read(_ kind: UInt8, _ value: UnsafeRawBufferPointer) throws {
        switch kind % 8 {
        case 0: try same(try StoredTopic(id: 3, value), \.encoded) { try StoredTopic(id: 3, $0) }
        case 1: try same(try StoredSubscription(id: 8, value), \.encoded) { try StoredSubscription(id: 8, $0) }
        case 2: _ = try Deferred(offset: 20, value).encoded
        case 3: _ = try Ending(last: 20, value).encoded
        case 4:
            let words = try Chunk.words(value)
            try Chunk.encode(words).withUnsafeBytes { again in
                let again = try Chunk.words(again)
                try BrokenProperty.unless(again == words, "a chunk differs when it is written again")
            }
        case 5: try ids(value)
        case 6: try keyed(value)
        default: try checksum(value)
        }
    }

    /// A value that is read means the same when it is written and read again.
    private static func same<Row: Equatable>(
        _ row: Row, _ encoded: KeyPath<Row, [UInt8]>, _ read: (UnsafeRawBufferPointer) throws -> Row
    ) throws {
        let again = try row[keyPath: encoded].withUnsafeBytes(read)
        try BrokenProperty.unless(again == row, "\(again) instead of \(row)")
    }

    private static func ids(_ value: UnsafeRawBufferPointer) throws {
        var ids: [MessageID] = []
        try IDRow.decode(value, first: 1 << 40) { ids.append($0) }
        guard let last = ids.last, let first = ids.first else {
            throw BrokenProperty(description: "a row of ids without one")
        }
        let span = IDRow.span(of: value)
        try BrokenProperty.unless(last.offset + 1 == 1 << 40 + span, "a row of ids spans \(span), its last is \(last)")
        guard first.offset == 1 << 40, ids.count <= IDRow.limit, IDRow.count(ids[...]) == ids.count else { return }
        try BrokenProperty.unless(IDRow.encode(ids[...]).elementsEqual(value), "a row of ids is written otherwise")
    }

    private static func keyed(_ value: UnsafeRawBufferPointer) throws {
        let length = Int(value.first ?? 0) % 16
        let key = Array(value.dropFirst().prefix(length))
        let row = KeyedRow(table: .state, key: key, value: Array(value.dropFirst(1 + length)), expiresAt: 1 << 50)
        _ = try? Receipt.outcome(of: row)
        let record = try StateRecord(row)
        // An earlier version of a space's name cannot be told from bytes that are not UTF-8.
        guard record.space.utf8.count == Int(key[0]), record.expires.map({ $0 < 1 << 60 }) ?? true else { return }
        try same(record, \.row.value) { bytes in
            try StateRecord(
                KeyedRow(table: .state, key: record.row.key, value: Array(bytes), expiresAt: record.row.expiresAt))
        }
    }

    private static func checksum(_ value: UnsafeRawBufferPointer) throws {
        let key = UnsafeRawBufferPointer(rebasing: value.prefix(8))
        _ = try? RowChecksum.value(of: value, .acks, key: key)
        let row = RowChecksum.appended(to: Array(value), .acks, key: key)
        try row.withUnsafeBytes { row in
            let again = try RowChecksum.value(of: row, .acks, key: key)
            try BrokenProperty.unless(again.elementsEqual(value), "a row is not what its checksum was made of")
        }
    }
}
