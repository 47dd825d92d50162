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
        /// Messages that are not visible yet; they expire when they become so.
        case scheduled = 5
        /// What processes are to get; they expire when they are missed.
        case expectations = 6
        /// The numbers of scheduled messages by their ids.
        case scheduledIDs = 7
        /// Messages that were redriven after they had left the log.
        case copies = 8
        /// Redrives that go on.
        case redrives = 9
        /// Scheduled messages whose time was named by the clock of the wall.
        case scheduledAt = 10

        /// The table in which the rows lie: those that differ only in the clock of their time lie together.
        package var home: Table { self == .scheduledAt ? .scheduled : self }

        /// Those whose rows are removed when their time has come, and nothing else happens.
        package static let expiring: [Table] = [.state, .receipts, .outcomes]
    }

    /// Where it lies.
    package var table: Table
    /// Its key: at most 409 bytes.
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
