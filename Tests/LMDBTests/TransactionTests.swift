// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import Testing

struct TransactionTests {
    let folder: TemporaryFolder
    let environment: Environment
    let table: Table

    init() throws {
        folder = try TemporaryFolder()
        environment = try folder.open()
        table = try environment.makeTable("table", ["b": "two", "a": "one"])
    }

    @Test func `what was put is found, and what was not is nil`() throws {
        #expect(try environment.text("a", in: table) == "one")
        #expect(try environment.text("c", in: table) == nil)
        #expect(try environment.count(of: table) == 2)
    }

    @Test func `a put writes over the value of its key`() throws {
        try environment.withWriteTransaction { try $0.put("a", "other", in: table) }
        #expect(try environment.text("a", in: table) == "other")
        #expect(try environment.count(of: table) == 2)
    }

    @Test func `an empty value is a value`() throws {
        try environment.withWriteTransaction { try $0.put("empty", "", in: table) }
        #expect(try environment.text("empty", in: table) == "")
    }

    @Test func `a write transaction sees its own writes`() throws {
        let seen = try environment.withWriteTransaction { transaction in
            try transaction.put("c", "three", in: table)
            return try transaction.text("c", in: table)
        }
        #expect(seen == "three")
    }

    @Test func `delete tells whether there was an entry`() throws {
        let deleted = try environment.withWriteTransaction { transaction in
            [try transaction.delete("a", in: table), try transaction.delete("a", in: table)]
        }
        #expect(deleted == [true, false])
        #expect(try environment.text("a", in: table) == nil)
    }

    @Test func `clear deletes the entries of one table and keeps the table`() throws {
        let other = try environment.makeTable("other", ["a": "kept"])
        try environment.withWriteTransaction { try $0.clear(table) }
        #expect(try environment.count(of: table) == 0)
        #expect(try environment.text("a", in: other) == "kept")
        try environment.withWriteTransaction { try $0.put("new", "entry", in: table) }
        #expect(try environment.text("new", in: table) == "entry")
    }

    @Test func `append takes a greater key and refuses any other`() throws {
        let refusals = try environment.withWriteTransaction { transaction in
            try transaction.put("c", "three", in: table, at: .end)
            return [
                try code { try transaction.put("bb", "late", in: table, at: .end) },
                try code { try transaction.put("c", "again", in: table, at: .end) },
            ]
        }
        #expect(refusals == [.keyExists, .keyExists])
        #expect(try environment.withReadTransaction { try $0.keys(of: table) } == ["a", "b", "c"])
    }

    @Test(arguments: [511, 512, 0])
    func `a key has 1 to 511 bytes`(length: Int) throws {
        let key = String(repeating: "k", count: length)
        if length == 511 {
            try environment.withWriteTransaction { try $0.put(key, "", in: table) }
            #expect(try environment.text(key, in: table) == "")
        } else {
            let refusal = try code {
                try environment.withWriteTransaction { try $0.put(key, "", in: table) }
            }
            #expect(refusal == .badValueSize)
        }
    }

    @Test func `a closure that throws undoes what it wrote and its error comes out`() throws {
        #expect(throws: ChangeOfMind.self) {
            try environment.withWriteTransaction { transaction in
                try transaction.put("a", "undone", in: table)
                throw ChangeOfMind()
            }
        }
        #expect(try environment.text("a", in: table) == "one")
    }

    @Test func `a read transaction does not see what is committed meanwhile`() throws {
        let seen = try environment.withReadTransaction { transaction in
            try environment.withWriteTransaction { try $0.put("a", "new", in: table) }
            return try transaction.text("a", in: table)
        }
        #expect(seen == "one")
        #expect(try environment.text("a", in: table) == "new")
    }
}
