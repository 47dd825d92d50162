// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A row under a key of its own, which may have a time at which it goes: state, receipts, outcomes.
package struct KeyedRow: Equatable, Sendable {
    /// Where a row lies; the number is its kind in the index of what becomes due.
    package enum Table: UInt8, CaseIterable, Sendable {
        /// Records of processes.
        case state = 2
        /// Outcomes of handled messages.
        case receipts = 3
        /// Outcomes of transactions.
        case outcomes = 4
    }

    /// Where it lies.
    package var table: Table
    /// Its key: at most 401 bytes.
    package var key: [UInt8]
    /// Its value.
    package var value: [UInt8]
    /// When it goes, in Unix milliseconds, if ever.
    package var goes: UInt64?

    /// Makes a row.
    package init(table: Table, key: [UInt8], value: [UInt8], goes: UInt64?) {
        self.table = table
        self.key = key
        self.value = value
        self.goes = goes
    }
}

/// What a listing tells of a keyed row: the first bytes of its value, and how many there are.
package struct KeyedRowHead: Equatable, Sendable {
    /// The row, its value cut.
    package var row: KeyedRow
    /// Bytes of the whole value.
    package var size: Int

    /// Bytes of a value that are told at least, if it has them.
    package static let bytes = 64

    /// Makes a head.
    package init(row: KeyedRow, size: Int) {
        self.row = row
        self.size = size
    }
}

extension KeyedRow {
    func read(_ body: (inout RowReader) throws(StoreError) -> Void) throws(StoreError) {
        let result: Result<Void, StoreError> = value.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                var reader = RowReader(bytes)
                try body(&reader)
            }
        }
        try result.get()
    }
}
