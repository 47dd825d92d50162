// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// Keyed rows as they are behind all that was applied so far.
extension Broker {
    /// A row as it is behind all that was applied so far.
    func row(_ table: KeyedRow.Table, _ key: [UInt8]) throws(StoreError) -> KeyedRow? {
        if let pending = rows.row(table, key) { return pending }
        return try store.row(table, key: key)
    }

    func put(_ row: KeyedRow) throws(StoreError) {
        let replacing = try self.row(row.table, row.key)?.expiresAt
        operations.append(.putRow(row, replacing: replacing))
        taken += row.value.count + row.key.count
        rows.put(row)
    }

    /// Removes the row that was to go at a time.
    func remove(_ table: KeyedRow.Table, _ key: [UInt8], expiresAt: UInt64?) {
        operations.append(.removeRow(table, key: key, expiresAt: expiresAt))
        rows.remove(table, key)
    }
}
