// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// A table whose rows end in a checksum.
struct CheckedTable {
    let table: Table
    let kind: RowTable
}

extension WriteTransaction {
    /// Writes a row with its checksum.
    func put(
        _ key: UnsafeRawBufferPointer, _ value: [UInt8], in table: CheckedTable, at place: PutPlace = .anywhere
    ) throws(LMDBError) {
        let row = RowChecksum.appended(to: value, table.kind, key: key)
        let result: Result<Void, LMDBError> = row.withUnsafeBytes { row in
            Result { () throws(LMDBError) in try put(key, row, in: table.table, at: place) }
        }
        try result.get()
    }

    /// Deletes a row, and tells whether there was one.
    @discardableResult
    func delete(_ key: UnsafeRawBufferPointer, in table: CheckedTable) throws(LMDBError) -> Bool {
        try delete(key, in: table.table)
    }
}

extension TableAccess where Self: ~Copyable {
    /// The value of a key, checked; nil when there is none.
    func get(_ key: UnsafeRawBufferPointer, in table: CheckedTable) throws -> UnsafeRawBufferPointer? {
        guard let row = try get(key, in: table.table) else { return nil }
        return try RowChecksum.value(of: row, table.kind, key: key)
    }
}

extension CheckedTable {
    /// The value of a row that a cursor found, checked.
    func value(of entry: Entry) throws(StoreError) -> UnsafeRawBufferPointer {
        try RowChecksum.value(of: entry.value, kind, key: entry.key)
    }
}
