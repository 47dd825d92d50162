// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletSQLite
import Testing

struct SQLiteInboxTests {
    private let folder: DatabaseFolder

    init() throws { folder = try DatabaseFolder() }

    @Test func `the first delivery runs the body and gives what it returns`() async throws {
        let inbox = try await folder.open()
        let result = try await inbox.once(key("o-1")) { database in
            try database.note("o-1")
            return 7
        }
        #expect(result == 7)
        #expect(try await inbox.contains(key("o-1")))
        #expect(try await inbox.effects() == ["o-1"])
    }

    @Test func `a repeat does not run the body`() async throws {
        let inbox = try await folder.open()
        #expect(try await inbox.handle(key("o-1")))
        let again = try await inbox.once(key("o-1")) { _ -> Int in throw Oops() }
        #expect(again == nil)
        #expect(try await inbox.effects() == ["o-1"])
    }

    @Test func `a body that returns nothing has run all the same`() async throws {
        let inbox = try await folder.open()
        let result = try await inbox.once(key("o-1")) { database -> Int? in
            try database.note("o-1")
            return nil
        }
        #expect(result == .some(nil))
        #expect(try await inbox.effects() == ["o-1"])
    }

    @Test func `a body that throws leaves neither effects nor the note`() async throws {
        let inbox = try await folder.open()
        await #expect(throws: Oops()) {
            try await inbox.once(key("o-1")) { database in
                try database.note("o-1")
                throw Oops()
            }
        }
        #expect(try await !inbox.contains(key("o-1")))
        #expect(try await inbox.effects() == [])
        #expect(try await inbox.handle(key("o-1")))
    }

    @Test func `a commit that fails leaves neither effects nor the note`() async throws {
        let inbox = try await folder.open()
        try await inbox.transaction { database in
            try database.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
            try database.execute(
                """
                CREATE TABLE invoices (
                    customer INTEGER NOT NULL REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED
                )
                """)
        }
        // The foreign key is looked at by COMMIT only.
        let error = await #expect(throws: SQLiteError.self) {
            try await inbox.once(key("o-1")) { try $0.execute("INSERT INTO invoices VALUES (5)") }
        }
        #expect(error?.isConstraint == true)
        #expect(error?.statement == "COMMIT")
        #expect(try await !inbox.contains(key("o-1")))
        let count = try await inbox.transaction { try $0.scalar("SELECT count(*) FROM invoices") }
        #expect(count == 0)
        #expect(try await inbox.handle(key("o-1")))
    }

    @Test func `a failed statement whose error is swallowed spoils nothing`() async throws {
        let inbox = try await folder.open()
        try await inbox.once(key("o-1")) { database in
            try? database.execute("INSERT INTO effects VALUES (NULL)")
            try database.note("o-1")
        }
        #expect(try await inbox.contains(key("o-1")))
        #expect(try await inbox.effects() == ["o-1"])
    }

    @Test func `what follows an error that undid the transaction is refused`() async throws {
        let inbox = try await folder.open()
        let error = await #expect(throws: SQLiteError.self) {
            try await inbox.once(key("o-1")) { database in
                try database.note("before")
                try? database.execute("INSERT OR ROLLBACK INTO effects VALUES (NULL)")
                try database.note("after")
            }
        }
        #expect(error?.statement == "INSERT INTO effects VALUES (?)")
        #expect(try await !inbox.contains(key("o-1")))
        #expect(try await inbox.effects() == [])
    }

    @Test func `a body that swallows an error that undid the transaction has not handled the message`() async throws {
        let inbox = try await folder.open()
        await #expect(throws: SQLiteError.self) {
            try await inbox.once(key("o-1")) { database in
                try? database.execute("INSERT OR ROLLBACK INTO effects VALUES (NULL)")
            }
        }
        #expect(try await !inbox.contains(key("o-1")))
        #expect(try await inbox.handle(key("o-1")))
    }

    @Test(arguments: ["COMMIT", "ROLLBACK", "END", "BEGIN", "commit; BEGIN"])
    func `a body cannot end the transaction`(_ sql: String) async throws {
        let inbox = try await folder.open()
        await #expect(throws: SQLiteError.self) {
            try await inbox.once(key("o-1")) { database in
                try database.note("o-1")
                try database.execute(sql)
            }
        }
        #expect(try await !inbox.contains(key("o-1")))
        #expect(try await inbox.effects() == [])
        #expect(try await inbox.handle(key("o-1")))
    }

    @Test func `a body can undo a part of its own`() async throws {
        let inbox = try await folder.open()
        try await inbox.once(key("o-1")) { database in
            try database.note("kept")
            try database.execute("SAVEPOINT part")
            try database.note("undone")
            try database.execute("ROLLBACK TO part")
        }
        #expect(try await inbox.contains(key("o-1")))
        #expect(try await inbox.effects() == ["kept"])
    }

    @Test func `what was handled is known after the file was closed and opened`() async throws {
        var inbox = try await folder.open()
        #expect(try await inbox.handle(key("o-1")))
        inbox = try await folder.open()
        #expect(try await inbox.contains(key("o-1")))
        #expect(try await !inbox.handle(key("o-1")))
        #expect(try await inbox.effects() == ["o-1"])
    }

    @Test func `the file is in WAL mode and flushes each commit`() async throws {
        let inbox = try await folder.open()
        let settings = try await inbox.transaction { database in
            try ["journal_mode", "synchronous", "foreign_keys"].map { try database.scalar("PRAGMA \($0)") }
        }
        #expect(settings == ["wal", 2, 1])
    }

    @Test func `subscriptions and topics handle a message each for themselves`() async throws {
        let inbox = try await folder.open()
        #expect(try await inbox.handle(key("o-1")))
        #expect(try await inbox.handle(key("o-1", subscription: "shipping")))
        #expect(try await inbox.handle(key("o-1", topic: "returns")))
        #expect(try await !inbox.handle(key("o-1", topic: "returns")))
    }

    @Test func `keys at the limit and with odd characters are told apart`() async throws {
        let long = String(repeating: "k", count: 199)
        let messages = [
            long + "a", long + "b", "#12", "12", "it's", "a\"b", "%00", "ünïcode", "e\u{301}", "\u{e9}", "a\u{0}b",
            "a\u{0}c", "a", "A", "a ", "*", "?1", "",
        ]
        let inbox = try await folder.open()
        for message in messages { #expect(try await inbox.handle(key(message)), "\(message.debugDescription)") }
        for message in messages { #expect(try await !inbox.handle(key(message)), "\(message.debugDescription)") }
        let name = String(repeating: "t", count: 200)
        #expect(try await inbox.handle(key("o", topic: name, subscription: name)))
        #expect(try await inbox.contains(key("o", topic: name, subscription: name)))
        // No text is cut, and no border between the columns is lost.
        #expect(try await !inbox.contains(key("o", topic: name + "t", subscription: String(name.dropLast()))))
    }

    @Test func `a task that was cancelled does not begin`() async throws {
        let inbox = try await folder.open()
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask { _ = try await inbox.handle(key("o-1")) }
                try await group.waitForAll()
            }
        }
        #expect(try await inbox.effects() == [])
    }
}
