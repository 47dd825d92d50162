// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CSQLite

/// A prepared statement of one connection, to be used many times.
///
/// It must go before its connection does, and is no more thread-safe than that is.
final class Statement {
    private let handle: OpaquePointer
    private let database: OpaquePointer
    private let sql: String

    /// Prepares one statement.
    ///
    /// - Parameter isKept: whether it will be kept for long, so that SQLite takes its memory from elsewhere.
    /// - Throws: when it does not parse, or when it is none or more than one.
    init(_ sql: String, on database: OpaquePointer, isKept: Bool) throws(SQLiteError) {
        var created: OpaquePointer?
        var usedBytes = 0
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let length = sql.utf8.count
        guard let limit = Int32(exactly: length + 1) else {
            throw SQLiteError(code: SQLITE_TOOBIG, message: "a statement of \(length) bytes")
        }
        let code = sql.withCString { text in
            var rest: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(database, text, limit, flags, &created, &rest)
            usedBytes = rest.map { text.distance(to: $0) } ?? 0
            return code
        }
        guard code == SQLITE_OK else { throw SQLiteError(database, code: code, statement: sql) }
        // Empty text and comments parse, and give no statement.
        guard let created else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "there is no statement", statement: sql)
        }
        // A rest that is ignored would be work that seems done; a zero byte within the text ends up here too.
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0d, 0x3b]
        guard sql.utf8.dropFirst(usedBytes).allSatisfy(blanks.contains) else {
            sqlite3_finalize(created)
            throw SQLiteError(code: SQLITE_MISUSE, message: "there is more than one statement", statement: sql)
        }
        handle = created
        self.database = database
        self.sql = sql
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Runs it to its end with values for its parameters, and hands over each row.
    ///
    /// - Throws: what SQLite says, or that the number of values is not the number of parameters.
    func run(_ values: [SQLiteValue], _ row: (SQLiteRow) -> Void = { _ in }) throws(SQLiteError) {
        // Whatever happened, the statement must not stay in the middle: it would keep the transaction from ending.
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        let wanted = sqlite3_bind_parameter_count(handle)
        guard values.count == Int(wanted) else {
            let message = "\(values.count) values for \(wanted) parameters"
            throw SQLiteError(code: SQLITE_RANGE, message: message, statement: sql)
        }
        for (index, value) in zip(Int32(1)..., values) { try check(bind(value, at: index)) }
        var columns: [String]?
        while true {
            let code = sqlite3_step(handle)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw SQLiteError(database, code: code, statement: sql) }
            var fields: [SQLiteValue] = []
            for index in 0..<sqlite3_column_count(handle) { fields.append(try value(at: index)) }
            // Asked only after the first step: a change of the schema may change what `*` stands for.
            let names = columns ?? self.columns()
            columns = names
            row(SQLiteRow(values: fields, columns: names))
        }
    }

    private func bind(_ value: SQLiteValue, at index: Int32) -> Int32 {
        // SAFETY: SQLITE_TRANSIENT is the documented value -1 in the place of a function; SQLite never calls it, and
        // copies the bytes before the call returns.
        let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let number): return sqlite3_bind_int64(handle, index, number)
        case .real(let number): return sqlite3_bind_double(handle, index, number)
        case .text(let text):
            let length = UInt64(text.utf8.count)
            return text.withCString { sqlite3_bind_text64(handle, index, $0, length, copy, UInt8(SQLITE_UTF8)) }
        case .blob(let bytes):
            // The address of no bytes is null, which would bind "no value".
            if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), copy)
            }
        }
    }

    private func value(at index: Int32) throws(SQLiteError) -> SQLiteValue {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT:
            guard let text = sqlite3_column_text(handle, index) else {
                throw SQLiteError(code: SQLITE_NOMEM, message: "no memory for a text", statement: sql)
            }
            let count = Int(sqlite3_column_bytes(handle, index))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            // The address is null for no bytes.
            let bytes = sqlite3_column_blob(handle, index)
            let count = Int(sqlite3_column_bytes(handle, index))
            return .blob([UInt8](UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)))
        default: return .null
        }
    }

    private func columns() -> [String] {
        (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteError(database, code: code, statement: sql) }
    }
}
