// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import Testing

@testable import MartletSQLite

/// The form for people with a connection of their own.
struct ClaimTests {
    private let connection: SQLiteConnection

    init() throws {
        connection = try SQLiteConnection(path: ":memory:", busyTimeout: 0)
        try SQLiteInbox.createTable(on: connection.handle)
    }

    @Test func `the first claim holds with the transaction it is in`() throws {
        try connection.run("BEGIN")
        #expect(try SQLiteInbox.claim(key("o-1"), on: connection.handle))
        try connection.run("COMMIT")
        try connection.run("BEGIN")
        #expect(try !SQLiteInbox.claim(key("o-1"), on: connection.handle))
        try connection.run("ROLLBACK")
    }

    @Test func `a claim that was rolled back is free again`() throws {
        for _ in 1...2 {
            try connection.run("BEGIN")
            #expect(try SQLiteInbox.claim(key("o-1"), on: connection.handle))
            try connection.run("ROLLBACK")
        }
    }

    @Test func `a repeat is told within the transaction too, whatever was changed before`() throws {
        try connection.run("BEGIN")
        #expect(try SQLiteInbox.claim(key("o-1"), on: connection.handle))
        #expect(try SQLiteInbox.claim(key("o-2"), on: connection.handle))
        #expect(try !SQLiteInbox.claim(key("o-1"), on: connection.handle))
    }

    @Test func `a claim outside of a transaction is refused`() throws {
        let error = #expect(throws: SQLiteError.self) { try SQLiteInbox.claim(key("o-1"), on: connection.handle) }
        #expect(error?.message == "a claim needs an open transaction")
        try connection.run("BEGIN")
        #expect(try SQLiteInbox.claim(key("o-1"), on: connection.handle))
    }

    @Test func `making the table again keeps what is in it`() throws {
        try connection.run("BEGIN")
        #expect(try SQLiteInbox.claim(key("o-1"), on: connection.handle))
        try connection.run("COMMIT")
        try SQLiteInbox.createTable(on: connection.handle)
        try connection.run("BEGIN")
        #expect(try !SQLiteInbox.claim(key("o-1"), on: connection.handle))
    }

    @Test func `a missing table is named`() throws {
        try connection.run("DROP TABLE martlet_inbox")
        try connection.run("BEGIN")
        let error = #expect(throws: SQLiteError.self) { try SQLiteInbox.claim(key("o-1"), on: connection.handle) }
        #expect(error?.message == "no such table: martlet_inbox")
        #expect(error?.statement == InboxTable.insert)
    }
}
