// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CSQLite
public import MartletClient

// Messages that handlers publish in their transaction.
extension SQLiteInbox: MessageOutbox {
    /// The oldest messages that are not published yet, in the order in which they were written.
    ///
    /// - Throws: `SQLiteError`.
    public func unpublished(atMost count: Int) throws -> [OutboxEntry] {
        try entries(atMost: count, isSetAside: false).map(\.entry)
    }

    /// Forgets messages that the broker has confirmed.
    ///
    /// - Throws: `SQLiteError`.
    public func forget(_ entries: [OutboxEntry]) throws {
        guard !entries.isEmpty else { return }
        try transaction { database in
            for entry in entries { try database.execute(OutboxTable.remove, .integer(entry.number)) }
        }
    }

    /// Keeps a message that the broker will never take, with the reason.
    ///
    /// - Throws: `SQLiteError`.
    public func setAside(_ entry: OutboxEntry, _ reason: ClientError) throws {
        try transaction { database in
            try database.execute(OutboxTable.setAside, .text(reason.message), .integer(entry.number))
        }
    }

    /// The messages that were set aside, with the reason; `forget` removes them.
    ///
    /// - Throws: `SQLiteError`.
    public func setAsideEntries(
        atMost count: Int = 100
    ) throws -> [(entry: OutboxEntry, reason: String)] {
        try entries(atMost: count, isSetAside: true).map { ($0.entry, $0.reason ?? "") }
    }

    private func entries(
        atMost count: Int, isSetAside: Bool
    ) throws(SQLiteError) -> [(entry: OutboxEntry, reason: String?)] {
        let now = now()
        var found: [(OutboxEntry, String?)] = []
        try connection.run(OutboxTable.find, [.integer(isSetAside ? 0 : 1), .integer(Int64(count))]) { row in
            found.append((OutboxTable.entry(of: row, at: now), row[12].text))
        }
        return found
    }

    /// Publishes a message after the transaction that is open on a connection of your own, such as GRDB's.
    ///
    /// `Client.publish(from:)` of an inbox of the same file takes it out within a second.
    ///
    /// - Parameters:
    ///   - draft: The message; without an id it gets one.
    ///   - handle: A connection with the outbox's table and an open transaction, that nothing else uses meanwhile.
    /// - Throws: `ClientError` with code `badArgument` when it cannot be published; `SQLiteError`, also when no
    ///   transaction is open, as it would then be published whatever becomes of the effects.
    public static func publish(_ draft: Draft, on handle: OpaquePointer) throws {
        guard sqlite3_get_autocommit(handle) == 0 else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "a message for the outbox needs an open transaction")
        }
        let values = try OutboxTable.values(of: draft, at: systemTime())
        try Statement(OutboxTable.insert, on: handle, isKept: false).run(values)
    }
}
