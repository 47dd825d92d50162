// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CSQLite
public import MartletClient

/// The table of an inbox, and the statements on it.
enum InboxTable {
    /// A key has three columns, as subscriptions handle the same message each for themselves.
    ///
    /// The index serves `forget`, which would read the whole table without it.
    static let create = [
        """
        CREATE TABLE IF NOT EXISTS martlet_inbox (
            topic TEXT NOT NULL,
            subscription TEXT NOT NULL,
            message TEXT NOT NULL,
            handled_at INTEGER NOT NULL,
            PRIMARY KEY (topic, subscription, message)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX IF NOT EXISTS martlet_inbox_handled_at ON martlet_inbox (handled_at)",
    ]

    static let find = "SELECT 1 FROM martlet_inbox WHERE topic = ? AND subscription = ? AND message = ?"

    static let insert = """
        INSERT INTO martlet_inbox (topic, subscription, message, handled_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (topic, subscription, message) DO NOTHING
        """

    static let remove = """
        DELETE FROM martlet_inbox WHERE (topic, subscription, message) IN (
            SELECT topic, subscription, message FROM martlet_inbox WHERE handled_at < ? ORDER BY handled_at LIMIT ?
        )
        """

    /// How many keys are forgotten in one transaction, in which handlers wait.
    static let forgottenAtOnce = 1_000

    /// The columns that name a message.
    static func values(of key: InboxKey) -> [SQLiteValue] {
        [.text(key.topic), .text(key.subscription), .text(key.message)]
    }

    /// Notes a key: whether it was not there before.
    static func note(_ key: InboxKey, at time: Int64, on connection: SQLiteConnection) throws(SQLiteError) -> Bool {
        try connection.run(insert, values(of: key) + [.integer(time)])
        return sqlite3_changes64(connection.handle) == 1
    }

    /// Forgets so many keys that were noted before a time, the oldest first; how many they were.
    static func forget(before time: Int64, on connection: SQLiteConnection) throws(SQLiteError) -> Int {
        try connection.run(remove, [.integer(time), .integer(Int64(forgottenAtOnce))])
        return Int(sqlite3_changes64(connection.handle))
    }
}

extension SQLiteInbox {
    /// Creates the tables of inbox and outbox through a connection of your own, unless they are there.
    ///
    /// - Parameter handle: an open connection, that nothing else uses meanwhile.
    /// - Throws: `SQLiteError`.
    public static func createTable(on handle: OpaquePointer) throws(SQLiteError) {
        for sql in InboxTable.create + [OutboxTable.create] { try Statement(sql, on: handle, isKept: false).run([]) }
    }

    /// Notes a key in the transaction that is open on a connection of your own, such as GRDB's.
    ///
    /// Have your effects in the same transaction and commit it, or roll it back when it throws. Begin it with
    /// BEGIN IMMEDIATE: one that read before it writes is refused as busy when another connection wrote meanwhile.
    ///
    ///     try queue.write { db in
    ///         guard let handle = db.sqliteConnection else { return }
    ///         guard try SQLiteInbox.claim(InboxKey(message), on: handle) else { return }
    ///         try Invoice(message).insert(db)
    ///     }
    ///
    /// - Parameters:
    ///   - key: the message's key.
    ///   - handle: a connection with the inbox's table and an open transaction, that nothing else uses meanwhile.
    /// - Returns: true when the message is yours to handle; false when it was handled before.
    /// - Throws: `SQLiteError`, also when no transaction is open, as the note would then be kept without its effects.
    public static func claim(_ key: InboxKey, on handle: OpaquePointer) throws(SQLiteError) -> Bool {
        guard sqlite3_get_autocommit(handle) == 0 else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "a claim needs an open transaction")
        }
        let values = InboxTable.values(of: key) + [.integer(systemTime())]
        try Statement(InboxTable.insert, on: handle, isKept: false).run(values)
        return sqlite3_changes64(handle) == 1
    }
}
