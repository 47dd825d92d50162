// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CSQLite

/// An open database file with its statements, for one thread at a time.
final class SQLiteConnection {
    /// SQLite's own connection.
    let handle: OpaquePointer
    /// Whether the transaction has written messages that are to be published.
    var hasWrites = false
    private var statements: [String: Statement] = [:]

    /// What the authorizer reads: not 0 while a body of the user runs.
    private let isGuarded: UnsafeMutablePointer<Int32>

    /// How many statements are kept; all go when there are more, since the SQL is then being made up on the fly.
    private static let keptStatements = 64

    /// Opens a file, and creates it if need be.
    ///
    /// - Parameter busyTimeout: for how many milliseconds to wait for other connections, in each statement.
    /// - Throws: what SQLite says.
    init(path: String, busyTimeout: Int32) throws(SQLiteError) {
        var opened: OpaquePointer?
        // Calls are serialised by the owner, so that SQLite's own lock would be a second one.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            var error = SQLiteError(opened, code: code)
            error.message += ": \(path)"
            // SQLite asks for this after a failed open too.
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        isGuarded = .allocate(capacity: 1)
        isGuarded.initialize(to: 0)
        sqlite3_busy_timeout(opened, busyTimeout)
        installGuard()
        try setUp(path: path, busyTimeout: busyTimeout)
    }

    deinit {
        statements = [:]
        // SAFETY: nothing reads the flag from here on, even when a statement of the user keeps the handle alive.
        sqlite3_set_authorizer(handle, nil, nil)
        sqlite3_close_v2(handle)
        isGuarded.deallocate()
    }

    /// Runs a closure between BEGIN IMMEDIATE and COMMIT; when it throws, or when the commit fails, nothing is kept.
    ///
    /// - Parameter body: returns the result, or nil to undo everything.
    /// - Throws: what SQLite or the closure throws.
    func transaction<Result>(_ body: () throws -> Result?) throws -> Result? {
        rollBack()
        try control("BEGIN IMMEDIATE")
        do {
            guard let result = try body() else {
                rollBack()
                return nil
            }
            try requireTransaction()
            try control("COMMIT")
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Keeps a closure from ending the transaction that it runs in.
    func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        isGuarded.pointee = 1
        defer { isGuarded.pointee = 0 }
        return try body()
    }

    /// Throws when no transaction is open, because an error such as a full disk made SQLite undo it.
    ///
    /// What ran now would be kept for itself, without what belongs to it.
    func requireTransaction(for sql: String? = nil) throws(SQLiteError) {
        guard sqlite3_get_autocommit(handle) == 0 else {
            let message = "the transaction was undone by an earlier error"
            throw SQLiteError(code: SQLITE_ABORT | 2 << 8, message: message, statement: sql)
        }
    }

    /// Runs a statement with values, and hands over each row.
    func run(
        _ sql: String, _ values: [SQLiteValue] = [], _ row: (SQLiteRow) -> Void = { _ in }
    ) throws(SQLiteError) {
        try statement(sql).run(values, row)
    }

    /// Begins or ends a transaction.
    ///
    /// It is prepared anew each time: the authorizer is asked when a statement is prepared, so that a COMMIT among the
    /// kept statements would be there for a body to run.
    private func control(_ sql: String) throws(SQLiteError) {
        try Statement(sql, on: handle, isKept: false).run([])
    }

    private func statement(_ sql: String) throws(SQLiteError) -> Statement {
        if let kept = statements[sql] { return kept }
        let statement = try Statement(sql, on: handle, isKept: true)
        if statements.count >= Self.keptStatements { statements = [:] }
        statements[sql] = statement
        return statement
    }

    /// Whether the transaction that has ended wrote messages that are to be published; asked once.
    func takeWrites() -> Bool {
        defer { hasWrites = false }
        return hasWrites
    }

    private func rollBack() {
        guard sqlite3_get_autocommit(handle) == 0 else { return }
        // A failure is not lost: the transaction is still open then, and the next BEGIN says so.
        try? control("ROLLBACK")
    }

    /// Refuses BEGIN, COMMIT and ROLLBACK in a body: half of it would be kept, without or with the note.
    private func installGuard() {
        // SAFETY: the context lives as long as the connection does.
        sqlite3_set_authorizer(
            handle,
            { context, action, _, _, _, _ in
                let isGuarded = context?.load(as: Int32.self) ?? 0
                return action == SQLITE_TRANSACTION && isGuarded != 0 ? SQLITE_DENY : SQLITE_OK
            }, isGuarded)
    }

    private func setUp(path: String, busyTimeout: Int32) throws(SQLiteError) {
        try switchToWAL(path: path, busyTimeout: busyTimeout)
        // In WAL mode only FULL flushes each commit; a message is acknowledged on the strength of it.
        try run("PRAGMA synchronous = FULL")
        try run("PRAGMA foreign_keys = ON")
    }

    /// Readers and a writer do not wait for each other in this mode, which stays with the file.
    private func switchToWAL(path: String, busyTimeout: Int32) throws(SQLiteError) {
        let step: Int32 = 10
        var waited: Int32 = 0
        while true {
            do throws(SQLiteError) {
                var mode: String?
                try run("PRAGMA journal_mode = WAL") { mode = $0[0].text }
                // A database in memory has no file, and nothing that could outlive a crash.
                guard mode == "wal" || mode == "memory" else {
                    let message = "no WAL mode, but \(mode ?? "none"): \(path)"
                    throw SQLiteError(code: SQLITE_CANTOPEN, message: message)
                }
                return
            } catch {
                // SQLite does not wait here by itself when two connections switch at once.
                guard error.isBusy, waited < busyTimeout else { throw error }
                waited += step
                sqlite3_sleep(step)
            }
        }
    }
}
