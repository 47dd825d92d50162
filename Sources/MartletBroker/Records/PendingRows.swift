// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The keyed rows that this step writes, which the store does not show before the commit.
struct PendingRows {
    private struct Place: Hashable {
        var table: KeyedRow.Table
        var key: [UInt8]
    }

    private var rows: [Place: KeyedRow?] = [:]

    /// What this step made of a row: nothing when it did not touch it, and nothing within when it removed it.
    func row(_ table: KeyedRow.Table, _ key: [UInt8]) -> KeyedRow?? {
        rows.isEmpty ? nil : rows[Place(table: table, key: key)]
    }

    mutating func put(_ row: KeyedRow) {
        rows[Place(table: row.table, key: row.key)] = .some(row)
    }

    mutating func remove(_ table: KeyedRow.Table, _ key: [UInt8]) {
        rows[Place(table: table, key: key)] = .some(nil)
    }

    /// The rows of a table that were touched and whose keys begin with a prefix.
    func all(_ table: KeyedRow.Table, prefix: [UInt8]) -> [(key: [UInt8], row: KeyedRow?)] {
        rows.compactMap { place, row in
            place.table == table && place.key.starts(with: prefix) ? (place.key, row) : nil
        }
    }

    mutating func removeAll() {
        if !rows.isEmpty { rows.removeAll(keepingCapacity: rows.count < 1_024) }
    }
}
