// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What became of a transaction that had an id.
package struct StoredOutcome: Equatable, Sendable {
    /// The transaction's id.
    package var id: [UInt8]
    /// Whether it was committed; otherwise it was aborted.
    package var isCommitted: Bool
    /// When it expires, in Unix milliseconds.
    package var expiresAt: UInt64

    /// Makes an outcome.
    package init(id: [UInt8], isCommitted: Bool, expiresAt: UInt64) {
        self.id = id
        self.isCommitted = isCommitted
        self.expiresAt = expiresAt
    }

    /// The row of the outcome.
    package var row: KeyedRow {
        KeyedRow(table: .outcomes, key: id, value: [isCommitted ? 1 : 0], expiresAt: expiresAt)
    }

    /// Reads a row.
    package init(_ row: KeyedRow) {
        self.init(id: row.key, isCommitted: row.value.first == 1, expiresAt: row.expiresAt ?? 0)
    }
}
