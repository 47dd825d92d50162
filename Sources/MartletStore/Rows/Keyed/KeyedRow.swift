// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A row under a key of its own, which may have a time at which it expires: state, receipts, outcomes.
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
    /// When it expires, in Unix milliseconds, if ever.
    package var expiresAt: UInt64?

    /// Makes a row.
    package init(table: Table, key: [UInt8], value: [UInt8], expiresAt: UInt64?) {
        self.table = table
        self.key = key
        self.value = value
        self.expiresAt = expiresAt
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
