// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// The table of an outbox, and the statements on it.
enum OutboxTable {
    /// A message that the broker will never take stays, with the reason.
    static let create = """
        CREATE TABLE IF NOT EXISTS martlet_outbox (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            topic TEXT NOT NULL,
            id TEXT NOT NULL,
            key TEXT,
            process TEXT,
            cause TEXT,
            headers TEXT NOT NULL,
            body BLOB NOT NULL,
            delay INTEGER,
            at INTEGER,
            ttl INTEGER,
            written_at INTEGER NOT NULL,
            reason TEXT
        )
        """

    static let insert = """
        INSERT INTO martlet_outbox (topic, id, key, process, cause, headers, body, delay, at, ttl, written_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static let find = """
        SELECT number, topic, id, key, process, cause, headers, body, delay, at, ttl, written_at, reason
        FROM martlet_outbox WHERE (reason IS NULL) = ? ORDER BY number LIMIT ?
        """

    static let remove = "DELETE FROM martlet_outbox WHERE number = ?"
    static let setAside = "UPDATE martlet_outbox SET reason = ? WHERE number = ?"

    /// The values of a message that is written at a time, in Unix milliseconds.
    ///
    /// - Throws: `ClientError` with code `badArgument` when the message cannot be published.
    static func values(of draft: Draft, at time: Int64) throws -> [SQLiteValue] {
        // What cannot be written must be told to the handler, which can still undo its effects.
        var batch = try MessageBatch(draft.topic)
        try batch.append(draft)
        func text(_ value: String?) -> SQLiteValue { value.map { .text($0) } ?? .null }
        func milliseconds(_ duration: Duration?) -> SQLiteValue {
            duration.map { .integer(Int64($0 / .milliseconds(1))) } ?? .null
        }
        return [
            .text(draft.topic), .text(draft.id ?? newID()), text(draft.key), text(draft.process), text(draft.cause),
            .text(draft.headers.all.map { "\($0.name): \($0.value)\n" }.joined()), .blob(draft.body),
            milliseconds(draft.delay), draft.at.map { .integer(Int64(clamping: $0)) } ?? .null,
            milliseconds(draft.ttl), .integer(time),
        ]
    }

    /// The message of a row, as it is to be published at a time: a delay counts from when it was written.
    static func entry(of row: SQLiteRow, at time: Int64) -> OutboxEntry {
        var headers = Headers()
        for line in (row[6].text ?? "").split(separator: "\n") {
            guard let colon = line.firstRange(of: ": ") else { continue }
            headers[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
        }
        let waited = max(0, time - (row[11].integer ?? time))
        let delay = row[8].integer.map { Duration.milliseconds(max(0, $0 - waited)) }
        return OutboxEntry(
            number: row[0].integer ?? 0,
            draft: Draft(
                row[1].text ?? "", body: row[7].blob ?? [], id: row[2].text, key: row[3].text, process: row[4].text,
                cause: row[5].text, headers: headers, delay: delay,
                at: row[9].integer.flatMap { UInt64(exactly: $0) }, ttl: row[10].integer.map { .milliseconds($0) }))
    }

    /// An id that no other message has: 128 random bits.
    private static func newID() -> String {
        let halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        return "outbox-" + halves.map { String($0, radix: 36) }.joined(separator: "-")
    }
}
