// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import Testing

@testable import MartletSQLite

/// Several connections on one file, as several processes have them: SQLite does not tell the two apart in WAL mode.
struct SharedFileTests {
    private let folder: DatabaseFolder

    init() throws { folder = try DatabaseFolder() }

    @Test func `many inboxes open a new file at once`() async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<16 {
                group.addTask { [folder] in _ = try await folder.open() }
            }
            try await group.waitForAll()
        }
        #expect(try await folder.open().effects() == [])
    }

    @Test func `of many deliveries at once through several inboxes one runs`() async throws {
        var inboxes: [SQLiteInbox] = []
        for _ in 0..<4 { inboxes.append(try await folder.open()) }
        let messages = (10..<30).map { "o-\($0)" }
        let ran = try await withThrowingTaskGroup(of: Bool.self) { group in
            for message in messages {
                for inbox in inboxes {
                    group.addTask { try await inbox.handle(key(message)) }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(ran == messages.count)
        #expect(try await inboxes[0].effects() == messages)
    }

    @Test func `who waits for too long for another connection is told so`() async throws {
        let patient = try await folder.open()
        let hasty = try await folder.open()
        let impatient = try await SQLiteInbox(path: folder.file, busyTimeout: .zero)
        // The first holds the file while the other tries: nothing depends on how long either takes.
        let connection = try SQLiteConnection(path: folder.file, busyTimeout: 0)
        try connection.run("BEGIN IMMEDIATE")
        let error = await #expect(throws: SQLiteError.self) { try await impatient.handle(key("o-1")) }
        #expect(error?.isBusy == true)
        #expect(error?.statement == "BEGIN IMMEDIATE")
        #expect(error?.description.contains("locked") == true)
        // Readers do not wait.
        #expect(try await !impatient.contains(key("o-1")))
        try connection.run("COMMIT")
        #expect(try await impatient.handle(key("o-1")))
        #expect(try await !patient.handle(key("o-1")))
        #expect(try await !hasty.handle(key("o-1")))
    }

    @Test func `a note that is not committed is not seen by others`() async throws {
        let inbox = try await folder.open()
        let connection = try SQLiteConnection(path: folder.file, busyTimeout: 0)
        try connection.run("BEGIN IMMEDIATE")
        #expect(try SQLiteInbox.claim(key("o-1"), on: connection.handle))
        #expect(try await !inbox.contains(key("o-1")))
        try connection.run("ROLLBACK")
        #expect(try await inbox.handle(key("o-1")))
    }
}
