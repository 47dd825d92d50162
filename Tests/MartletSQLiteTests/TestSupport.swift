// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletClient
import Synchronization

@testable import MartletSQLite

/// A folder with a database file in it, that is there as long as the value is.
final class DatabaseFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "martlet-sqlite-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { "\(path)/inbox.db" }

    /// Opens an inbox with a table for effects.
    func open(busyTimeout: Duration = .seconds(60)) async throws -> SQLiteInbox {
        let inbox = try await SQLiteInbox(path: file, busyTimeout: busyTimeout)
        try await inbox.transaction { database in
            try database.execute("CREATE TABLE IF NOT EXISTS effects (message TEXT NOT NULL)")
        }
        return inbox
    }
}

struct Oops: Error, Equatable {}

func key(_ message: String, topic: String = "orders", subscription: String = "billing") -> InboxKey {
    InboxKey(topic: topic, subscription: subscription, message: message)
}

extension SQLiteDatabase {
    func note(_ message: String) throws {
        try execute("INSERT INTO effects VALUES (?)", .text(message))
    }
}

extension SQLiteInbox {
    /// The effects that are committed, in the order of their texts.
    func effects() throws -> [String] {
        try transaction { database in
            try database.rows("SELECT message FROM effects ORDER BY message").compactMap { $0[0].text }
        }
    }

    /// Handles a message as a handler would: whether its body ran.
    func handle(_ key: InboxKey) throws -> Bool {
        try once(key) { try $0.note(key.message) } != nil
    }
}

/// A clock that is moved by hand.
final class TestClock: Sendable {
    private let milliseconds = Atomic<Int64>(1_000_000)

    @Sendable func now() -> Int64 { milliseconds.load(ordering: .relaxed) }

    func advance(milliseconds delta: Int64) { milliseconds.add(delta, ordering: .relaxed) }
}

extension DatabaseFolder {
    /// Writes something else where the database should be.
    func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: file))
    }
}
