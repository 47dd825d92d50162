// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A row of a result: its values in the order of the columns.
public struct SQLiteRow: Sendable, Hashable {
    /// The values.
    public var values: [SQLiteValue]
    /// The columns' names.
    public var columns: [String]

    /// Makes a row.
    ///
    /// - Precondition: there are as many columns as values.
    public init(values: [SQLiteValue], columns: [String]) {
        precondition(values.count == columns.count, "a row needs one name per value")
        self.values = values
        self.columns = columns
    }

    /// The value of a column, from 0.
    ///
    /// - Precondition: there is such a column.
    public subscript(_ index: Int) -> SQLiteValue { values[index] }

    /// The value of the first column with this name, or nil when there is no such column.
    public subscript(_ column: String) -> SQLiteValue? {
        columns.firstIndex(of: column).map { values[$0] }
    }
}
