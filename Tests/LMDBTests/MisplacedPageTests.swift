// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import Testing

/// A page over which another was written is never taken for the one that belongs there.
struct MisplacedPageTests {
    private static let page = 4_096
    private static let leafFlag: UInt8 = 0x02
    private static let branchFlag: UInt8 = 0x01
    private static let entries = 300
    private let folder: TemporaryFolder
    /// Two tables with long keys, so that the trees are deep: all that the file holds is in use.
    private let whole: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        let environment = try folder.open()
        try environment.withWriteTransaction { transaction in
            for name in ["t", "u"] {
                let table = try transaction.table(named: name, create: true)
                for number in 0..<Self.entries {
                    try transaction.put(Self.key(number), "\(name)\(number)", in: table)
                }
            }
        }
        environment.close()
        whole = Array(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/data.mdb")))
    }

    private static func key(_ number: Int) -> String {
        String(repeating: "k", count: 300) + String(format: "%06d", number)
    }

    /// The pages of the two tables, leaves or branches.
    private func pages(_ flag: UInt8) -> [Int] {
        (2..<whole.count / Self.page).filter { number in
            let bytes = whole[(number * Self.page)..<((number + 1) * Self.page)]
            return bytes[bytes.startIndex + 10] == flag && Self.lastKey(of: Array(bytes)).starts(with: "kkk".utf8)
        }
    }

    /// The key of the last entry of a page: what else lies in a page may be left of earlier ones.
    private static func lastKey(of page: [UInt8]) -> ArraySlice<UInt8> {
        func number(_ at: Int) -> Int { Int(page[at]) | Int(page[at + 1]) << 8 }
        let entries = (number(12) - 16) / 2
        guard entries > 0, number(12) <= Self.page else { return [] }
        let entry = number(16 + 2 * (entries - 1))
        guard entry + 8 <= Self.page else { return [] }
        return page[(entry + 8)...].prefix(number(entry + 6))
    }

    private func write(_ source: Int, over target: Int) throws {
        var bytes = whole
        let copy = whole[(source * Self.page)..<((source + 1) * Self.page)]
        bytes.replaceSubrange((target * Self.page)..<((target + 1) * Self.page), with: copy)
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/data.mdb"))
    }

    /// Looks at every key in a way that gives its value; counts those that are refused.
    private func refusals(
        _ look: (borrowing ReadTransaction, Table, UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer?
    ) throws -> Int {
        let environment = try folder.open()
        let table = try environment.withReadTransaction { try $0.table(named: "t") }
        return try environment.withReadTransaction { transaction in
            var refused = 0
            for number in 0..<Self.entries {
                do {
                    let value = try Self.key(number).withBytes { try look(transaction, table, $0) }
                    #expect(value.map { String(decoding: $0, as: UTF8.self) } == "t\(number)")
                } catch let error as LMDBError {
                    #expect(error.code == .corrupted)
                    refused += 1
                }
            }
            return refused
        }
    }

    @Test func `an entry of such a page is neither absent nor another`() throws {
        let leaves = pages(Self.leafFlag)
        try #require(leaves.count > 50)
        for (target, source) in zip(leaves, leaves.dropFirst(7) + leaves.prefix(7)) {
            try write(source, over: target)
            let got = try refusals { try $0.get($2, in: $1) }
            let sought = try refusals { transaction, table, key in
                try transaction.withCursor(on: table) { try $0.seek(exactly: key)?.value }
            }
            let ranged = try refusals { transaction, table, key in
                try transaction.withCursor(on: table) { try $0.seek(toOrAfter: key)?.value }
            }
            // Each page of a table has some entries; those of the other table are of no concern to this one.
            #expect(got == sought && got == ranged)
            #expect(got > 0 || target > leaves[leaves.count / 2 - 2])
        }
    }

    @Test func `a walk does not pass such a page`() throws {
        let leaves = pages(Self.leafFlag)
        try write(leaves[40], over: leaves[3])
        let environment = try folder.open()
        let table = try environment.withReadTransaction { try $0.table(named: "t") }
        #expect(throws: LMDBError.self) { try environment.withReadTransaction { try $0.keys(of: table) } }
    }

    @Test func `an absent key is absent where the pages are in place`() throws {
        try Data(whole).write(to: URL(fileURLWithPath: folder.path + "/data.mdb"))
        let environment = try folder.open()
        let table = try environment.withReadTransaction { try $0.table(named: "t") }
        try environment.withReadTransaction { transaction in
            for number in 0..<Self.entries {
                #expect(try transaction.text(Self.key(number) + "-", in: table) == nil)
                let next = try (Self.key(number) + "-").withBytes { key in
                    try transaction.withCursor(on: table) { try $0.seek(toOrAfter: key)?.keyText }
                }
                #expect(next == (number + 1 < Self.entries ? Self.key(number + 1) : nil))
            }
            #expect(try transaction.text("a", in: table) == nil)
        }
    }

    @Test func `pages are known in a map that has moved, and in a file that was made just now`() throws {
        let other = try TemporaryFolder()
        let environment = try other.open()
        let table = try environment.makeTable("t", ["a": "1", "b": ""])
        for size in [1 << 30, 1 << 27, 1 << 32] {
            try environment.resize(mapSize: size)
            #expect(try environment.text("a", in: table) == "1")
            #expect(try environment.text("b", in: table) == "")
            #expect(try environment.text("c", in: table) == nil)
            try environment.withWriteTransaction { transaction in
                try transaction.put("d\(size)", "2", in: table)
                #expect(try transaction.text("d\(size)", in: table) == "2")
                #expect(try transaction.text("e", in: table) == nil)
            }
        }
    }

    @Test func `a branch page over which another was written is found before the file is opened`() throws {
        let branches = pages(Self.branchFlag)
        try #require(branches.count > 6)
        for (target, source) in zip(branches, branches.dropFirst() + branches.prefix(1)) {
            try write(source, over: target)
            #expect(throws: FileDamage.self) { try FileCheck.run(folder: folder.path) }
        }
    }
}
