// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

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
