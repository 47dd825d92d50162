// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CSQLite
public import MartletClient

/// A database within an open transaction: what a handler's body works with.
///
/// It is good for the body that it was handed to. It is not `Sendable`, so that the compiler keeps it from being used
/// later, when the transaction has ended. BEGIN, COMMIT and ROLLBACK are refused; SAVEPOINT is not.
public struct SQLiteDatabase {
    private let connection: SQLiteConnection
    private let now: @Sendable () -> Int64

    init(_ connection: SQLiteConnection, now: @escaping @Sendable () -> Int64) {
        self.connection = connection
        self.now = now
    }

    /// SQLite's own connection, for libraries that take a handle.
    ///
    /// Leave the transaction open, the connection too, and the authorizer in place. After an error of SQLite do not go
    /// on with it: some errors undo the transaction, and what follows would be kept for itself.
    public var handle: OpaquePointer { connection.handle }

    /// Runs one statement with values for its `?` parameters in their order.
    ///
    /// - Throws: `SQLiteError`, also for no or more than one statement and for too few or many values.
    public func execute(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) {
        try run(sql, values) { _ in }
    }

    /// All rows of one statement with values for its `?` parameters in their order.
    ///
    /// - Throws: `SQLiteError`, as `execute`.
    public func rows(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) -> [SQLiteRow] {
        var rows: [SQLiteRow] = []
        try run(sql, values) { rows.append($0) }
        return rows
    }

    /// The first value of the first row, or nil when there is no row.
    ///
    /// - Throws: `SQLiteError`, as `execute`.
    public func scalar(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) -> SQLiteValue? {
        var first: SQLiteValue?
        try run(sql, values) { row in first = first ?? row.values.first }
        return first
    }

    /// How many rows the last INSERT, UPDATE or DELETE changed, without what triggers and foreign keys did.
    public var changes: Int { Int(sqlite3_changes64(connection.handle)) }

    /// The rowid of the last row that was inserted into a table that has rowids.
    public var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(connection.handle) }

    /// Publishes a message after this transaction is committed: at least once, also after a crash.
    ///
    /// It is written to the table `martlet_outbox`, from where `Client.publish(from:)` takes it; run that beside the
    /// handlers. A message without an id gets one, so that a repeat is recognised. A delay counts from now.
    ///
    /// - Throws: `ClientError` with code `badArgument` when it cannot be published; `SQLiteError`.
    public func publish(_ draft: Draft) throws {
        try run(OutboxTable.insert, OutboxTable.values(of: draft, at: now())) { _ in }
        connection.hasWrites = true
    }

    private func run(
        _ sql: String, _ values: [SQLiteValue], _ row: (SQLiteRow) -> Void
    ) throws(SQLiteError) {
        try connection.requireTransaction(for: sql)
        try connection.run(sql, values, row)
    }
}
