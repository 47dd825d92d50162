// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletSQLite
import Testing

struct SQLiteDatabaseTests {
    private let folder: DatabaseFolder

    init() throws { folder = try DatabaseFolder() }

    /// Runs a body on a fresh database.
    private func run<Result: Sendable>(
        _ body: @Sendable (SQLiteDatabase) throws -> Result
    ) async throws -> Result {
        try await SQLiteInbox(path: folder.file).transaction(body)
    }

    private func failure(_ body: @Sendable (SQLiteDatabase) throws -> Void) async throws -> SQLiteError {
        let inbox = try await SQLiteInbox(path: folder.file)
        return try #require(await #expect(throws: SQLiteError.self) { try await inbox.transaction(body) })
    }

    @Test(
        arguments: [
            nil, 0, -1, .integer(.max), .integer(.min), 0.5, .real(-.infinity), "", "text", "a\u{0}b", "Grüße 🐦",
            .blob([]), .blob([0, 255, 0]),
        ] as [SQLiteValue])
    func `a value comes back as it was bound`(_ value: SQLiteValue) async throws {
        #expect(try await run { try $0.scalar("SELECT ?", value) } == value)
    }

    @Test func `not a number becomes no value`() async throws {
        #expect(try await run { try $0.scalar("SELECT ?", .real(.nan)) } == .null)
    }

    @Test func `rows have their values by place and by name`() async throws {
        let rows = try await run { try $0.rows("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL ORDER BY 1") }
        #expect(rows.map(\.values) == [[1, "x"], [2, nil]])
        #expect(rows.first?.columns == ["a", "b"])
        #expect(rows.first?["b"] == "x")
        #expect(rows.first?["c"] == nil)
        #expect(rows.last?[0].integer == 2)
    }

    @Test func `no row is no scalar, and a row without a value is one`() async throws {
        #expect(try await run { try $0.scalar("SELECT 1 WHERE 0") } == nil)
        #expect(try await run { try $0.scalar("SELECT NULL") } == .some(.null))
        #expect(try await run { try $0.scalar("SELECT 1 UNION ALL SELECT 2") } == 1)
    }

    @Test func `changes and the last row are told`() async throws {
        try await run { database in
            try database.execute("CREATE TABLE t (a)")
            try database.execute("INSERT INTO t VALUES (?), (?), (?)", 1, 2, 3)
            #expect(database.changes == 3)
            #expect(database.lastInsertedRowID == 3)
            try database.execute("DELETE FROM t WHERE a > ?", 1)
            #expect(database.changes == 2)
        }
    }

    @Test func `a change of the schema is seen by statements that were used before`() async throws {
        try await run { database in
            try database.execute("CREATE TABLE t (a)")
            try database.execute("INSERT INTO t VALUES (1)")
            #expect(try database.rows("SELECT * FROM t").map(\.columns) == [["a"]])
            try database.execute("ALTER TABLE t ADD COLUMN b DEFAULT 2")
            let rows = try database.rows("SELECT * FROM t")
            #expect(rows == [SQLiteRow(values: [1, 2], columns: ["a", "b"])])
        }
    }

    @Test func `more statements than are kept run all the same, twice`() async throws {
        let sum = try await run { database in
            try (0..<300).reduce(0) { $0 + (try database.scalar("SELECT \($1 % 150)")?.integer ?? 0) }
        }
        #expect(sum == 2 * 149 * 150 / 2)
    }

    @Test func `an error names SQLite's words, its extended code and the statement`() async throws {
        let error = try await failure { database in
            try database.execute("CREATE TABLE t (a UNIQUE)")
            try database.execute("INSERT INTO t VALUES (?)", 1)
            try database.execute("INSERT INTO t VALUES (?)", 1)
        }
        #expect(error.code == 2_067)
        #expect(error.primaryCode == 19)
        #expect(error.isConstraint)
        #expect(!error.isBusy)
        #expect(error.description == "UNIQUE constraint failed: t.a (SQLite 2067) in \"INSERT INTO t VALUES (?)\"")
    }

    @Test func `a statement that does not parse is named`() async throws {
        let error = try await failure { try $0.execute("SELEKT 1") }
        #expect(error.message == "near \"SELEKT\": syntax error")
        #expect(error.statement == "SELEKT 1")
    }

    @Test(arguments: ["", " ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1;\u{0}"])
    func `none and more than one statement are refused`(_ sql: String) async throws {
        let error = try await failure { try $0.execute(sql) }
        #expect(error.primaryCode == 21)
        #expect(error.statement == sql)
    }

    @Test func `a semicolon at the end is no second statement`() async throws {
        #expect(try await run { try $0.scalar("SELECT 1 ;\n ") } == 1)
    }

    @Test func `the number of values is the number of parameters`() async throws {
        #expect(try await failure { try $0.execute("SELECT ?, ?", 1) }.message == "1 values for 2 parameters")
        #expect(try await failure { try $0.execute("SELECT ?", 1, 2) }.message == "2 values for 1 parameters")
    }

    @Test func `a file that cannot be opened is named`() async throws {
        let path = "\(folder.path)/missing/inbox.db"
        let error = await #expect(throws: SQLiteError.self) { try await SQLiteInbox(path: path) }
        #expect(error?.message == "unable to open database file: \(path)")
    }

    @Test func `a file that is no database is refused`() async throws {
        try folder.write(String(repeating: "no database ", count: 100))
        let error = await #expect(throws: SQLiteError.self) { try await SQLiteInbox(path: folder.file) }
        #expect(error?.primaryCode == 26)
    }
}
