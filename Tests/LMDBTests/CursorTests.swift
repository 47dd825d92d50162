// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import Testing

struct CursorTests {
    let folder: TemporaryFolder
    let environment: Environment
    let table: Table

    init() throws {
        folder = try TemporaryFolder()
        environment = try folder.open()
        table = try environment.makeTable("table", ["d": "4", "b": "2", "f": "6"])
    }

    @Test func `a cursor goes through the keys in the order of their bytes`() throws {
        try read { cursor in
            var keys: [String?] = []
            for _ in 0..<4 { keys.append(try cursor.next()?.keyText) }
            #expect(keys == ["b", "d", "f", nil])
        }
    }

    @Test func `a cursor goes back from the last key`() throws {
        try read { cursor in
            var keys: [String?] = []
            for _ in 0..<4 { keys.append(try cursor.previous()?.keyText) }
            #expect(keys == ["f", "d", "b", nil])
        }
    }

    @Test func `first and last give the ends with their values`() throws {
        try read { cursor in
            let first = try cursor.first()?.valueText
            let last = try cursor.last()?.valueText
            #expect(first == "2")
            #expect(last == "6")
        }
    }

    @Test(arguments: [("", "b"), ("b", "b"), ("c", "d"), ("f", "f"), ("g", nil)])
    func `seek toOrAfter finds the first key that is not less`(key: String, found: String?) throws {
        try read { cursor in
            let entry = try key.withBytes { try cursor.seek(toOrAfter: $0)?.keyText }
            #expect(entry == found)
        }
    }

    @Test(arguments: [("b", "2"), ("c", nil), ("g", nil)])
    func `seek exactly finds the key or nothing`(key: String, found: String?) throws {
        try read { cursor in
            let entry = try key.withBytes { try cursor.seek(exactly: $0)?.valueText }
            #expect(entry == found)
        }
    }

    @Test func `an empty table has no first, last, next or previous entry`() throws {
        let empty = try environment.makeTable("empty")
        try environment.withReadTransaction { transaction in
            try transaction.withCursor(on: empty) { cursor in
                let found = [try cursor.first(), try cursor.last(), try cursor.next(), try cursor.previous()]
                #expect(found.allSatisfy { $0 == nil })
            }
        }
    }

    @Test func `entries deleted on the way leave the others`() throws {
        let many = try environment.makeTable("many")
        let keys = (100..<1_000).map { String($0) }
        try environment.withWriteTransaction { transaction in
            for key in keys { try transaction.put(key, size: 100, in: many) }
        }
        try environment.withWriteTransaction { transaction in
            try transaction.withWriteCursor(on: many) { cursor in
                while let entry = try cursor.next() {
                    if !entry.keyText.hasSuffix("7") { try cursor.deleteCurrent() }
                }
            }
        }
        #expect(try environment.withReadTransaction { try $0.keys(of: many) } == keys.filter { $0.hasSuffix("7") })
    }

    @Test func `a write cursor on no entry has nothing to delete`() throws {
        try environment.withWriteTransaction { transaction in
            try transaction.withWriteCursor(on: table) { cursor in
                let refusal = try code { try cursor.deleteCurrent() }
                #expect(refusal == .invalidArgument)
            }
        }
    }

    private func read(_ body: (borrowing Cursor) throws -> Void) throws {
        try environment.withReadTransaction { try $0.withCursor(on: table, body) }
    }
}
