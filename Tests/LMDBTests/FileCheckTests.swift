// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import Testing

/// What every use of a file goes through is checked before LMDB is let at it.
struct FileCheckTests {
    private static let page = 4_096
    let folder: TemporaryFolder
    /// The file as LMDB left it: two tables, of which one is three pages deep, and free pages.
    let whole: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        let environment = try folder.open()
        let table = try environment.makeTable("large", [:])
        _ = try environment.makeTable("small", ["a": "1"])
        try environment.withWriteTransaction { transaction in
            for number in 0..<2_000 { try transaction.put("key\(number)", size: 500, in: table) }
        }
        try environment.withWriteTransaction { transaction in
            for number in 0..<500 { try transaction.put("key\(number)", size: 400, in: table) }
        }
        environment.close()
        whole = Array(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/data.mdb")))
    }

    private func check(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/data.mdb"))
        try FileCheck.run(folder: folder.path)
    }

    private func damage(_ body: (inout [UInt8]) -> Void) throws -> FileDamage {
        var bytes = whole
        body(&bytes)
        return try #require(throws: FileDamage.self) { try check(bytes) }
    }

    /// Where the head of the last commit lies, and the one before it.
    private var heads: (newer: Int, older: Int) {
        let numbers = [0, 1].map { number(at: $0 * Self.page + 144) }
        return numbers[0] > numbers[1] ? (0, Self.page) : (Self.page, 0)
    }

    private func number(at place: Int) -> UInt64 {
        whole.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
    }

    @Test func `a whole file, an empty one and none are right`() throws {
        try check(whole)
        try check([])
        try FileManager.default.removeItem(atPath: folder.path + "/data.mdb")
        try FileCheck.run(folder: folder.path)
    }

    @Test func `a file is right after each of many commits`() throws {
        try check(whole)
        for round in 0..<60 {
            let environment = try folder.open()
            try environment.withWriteTransaction { transaction in
                let table = try transaction.table(named: "large", create: true)
                for number in 0..<40 {
                    if (round + number) % 3 == 0 {
                        try transaction.put("key\(number * round % 2_500)", size: 30 * number + 1, in: table)
                    } else {
                        _ = try "key\(number * round % 2_500)".withBytes { try transaction.delete($0, in: table) }
                    }
                }
            }
            environment.close()
            try FileCheck.run(folder: folder.path)
        }
    }

    @Test func `a file that is too short for its pages is refused`() throws {
        for count in [2 * Self.page, whole.count / 2, whole.count - Self.page] {
            #expect(throws: FileDamage.self) { try check(Array(whole[..<count])) }
        }
    }

    @Test func `a file that was made and never written says so`() throws {
        let other = try TemporaryFolder()
        try other.open().close()
        let made = Array(try Data(contentsOf: URL(fileURLWithPath: other.path + "/data.mdb")))
        try check(made)
        for bytes in [[UInt8](repeating: 0, count: 8_192), Array(made[..<4_096])] {
            let damage = try #require(throws: FileDamage.self) { try check(bytes) }
            #expect(damage.isUnborn)
        }
        // What is left of a file that was written to must not be thrown away.
        for count in [1, 100, 4_096, 8_191] {
            #expect(try #require(throws: FileDamage.self) { try check(Array(whole[..<count])) }.isUnborn == false)
        }
        // Zeros in place of a file that was written are damage.
        #expect(try damage { $0.replaceSubrange(..<8_192, with: repeatElement(0, count: 8_192)) }.isUnborn == false)
    }

    @Test func `a bit of either commit's number is found`() throws {
        for head in [heads.newer, heads.older] {
            for bit in 0..<16 {
                let damage = try damage { $0[head + 144 + bit / 8] ^= 1 << UInt8(bit % 8) }
                #expect("\(damage)".contains("do not follow"))
            }
        }
    }

    @Test(arguments: [64, 72, 80, 112, 120, 128, 136])
    func `a bit in what the head says of its trees or its size is found`(_ place: Int) throws {
        for bit in [1, 6] as [UInt8] where ![64, 72, 112, 120].contains(place) {
            _ = try damage { $0[heads.newer + place] ^= 1 << bit }
        }
        // A root that is none would be an empty table.
        if [80, 128].contains(place) {
            _ = try damage { bytes in for byte in 0..<8 { bytes[heads.newer + place + byte] = 0xFF } }
        }
    }

    @Test func `the table of tables and the roots of tables are looked at`() throws {
        let main = Int(number(at: heads.newer + 128)) * Self.page
        _ = try damage { $0.replaceSubrange(main..<(main + 512), with: repeatElement(0, count: 512)) }
        _ = try damage { $0[main + 12] ^= 4 }
        _ = try damage { $0[main + 10] ^= 1 }
        _ = try damage { $0[main] ^= 1 }
    }

    @Test func `a page that is in use is not taken for a free one`() throws {
        let free = Int(number(at: heads.newer + 80)) * Self.page
        let main = number(at: heads.newer + 128)
        // The last node of the page holds a record of free pages: its count, and then their numbers.
        let node = free + Int(whole[free + 14]) + Int(whole[free + 15]) << 8
        _ = try damage { bytes in
            withUnsafeBytes(of: main.littleEndian) { bytes.replaceSubrange((node + 24)..<(node + 32), with: $0) }
        }
        _ = try damage { $0[node + 17] = 0xFF }
    }
}
