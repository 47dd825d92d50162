// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What SQLite could not do: its code, what was being done, and its own words.
public struct SQLiteError: Error, CustomStringConvertible, Sendable {
    /// SQLite's extended result code.
    public var code: Int32
    /// What was being done.
    public var message: String

    /// Makes an error.
    public init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The message with the code.
    public var description: String { "\(message) (SQLite \(code))" }
}
