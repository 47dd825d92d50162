// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CSQLite

/// What SQLite could not do: its code, its own words, and the statement.
public struct SQLiteError: Error, CustomStringConvertible, Sendable, Hashable {
    /// SQLite's extended result code.
    public var code: Int32
    /// What went wrong, in SQLite's words or in Martlet's.
    public var message: String
    /// The SQL that failed, without the values that were bound to it, or nil when it was not a statement.
    public var statement: String?

    /// Makes an error.
    public init(code: Int32, message: String, statement: String? = nil) {
        self.code = code
        self.message = message
        self.statement = statement
    }

    /// The kind of error without its details: the lowest 8 bits of the code, such as 19 for any constraint.
    public var primaryCode: Int32 { code & 0xff }

    /// Whether another connection held the database for longer than the busy timeout; trying again later can work.
    public var isBusy: Bool { primaryCode == SQLITE_BUSY }

    /// Whether a constraint of the schema refused it, such as a unique index or a foreign key.
    public var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }

    /// The message with the code and the statement.
    public var description: String {
        let place = statement.map { " in \"\($0)\"" } ?? ""
        return "\(message) (SQLite \(code))\(place)"
    }
}

extension SQLiteError {
    /// The error that a connection reports for its last call.
    init(_ handle: OpaquePointer?, code: Int32, statement: String? = nil) {
        // A connection that could not even be allocated has no words of its own.
        let text = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        let extended = handle.map { sqlite3_extended_errcode($0) } ?? code
        // The connection's code is of another call when SQLite refused this one outright, as for misuse.
        let isOfThisCall = extended & 0xff == code & 0xff
        self.init(
            code: isOfThisCall ? extended : code,
            message: (isOfThisCall ? text : sqlite3_errstr(code)).map { String(cString: $0) } ?? "unknown error",
            statement: statement)
    }
}
