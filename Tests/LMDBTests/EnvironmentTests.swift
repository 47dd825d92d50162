// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import Testing

struct EnvironmentTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `an environment opened again has what was committed and not what was aborted`() throws {
        var environment = try folder.open()
        var table = try environment.makeTable("table", ["a": "committed"])
        try? environment.withWriteTransaction { transaction in
            try transaction.put("b", "aborted", in: table)
            throw ChangeOfMind()
        }
        environment.close()

        environment = try folder.open()
        table = try environment.withReadTransaction { try $0.table(named: "table") }
        #expect(try environment.text("a", in: table) == "committed")
        #expect(try environment.text("b", in: table) == nil)
    }

    @Test func `a table that does not exist is reported as notFound`() throws {
        let environment = try folder.open()
        let reading = try code { _ = try environment.withReadTransaction { try $0.table(named: "none") } }
        let writing = try code {
            _ = try environment.withWriteTransaction { try $0.table(named: "none", create: false) }
        }
        #expect(reading == .notFound)
        #expect(writing == .notFound)
    }

    @Test func `a table opened while reading is good for later transactions`() throws {
        let written = try folder.open()
        _ = try written.makeTable("table", ["a": "one"])
        written.close()
        let environment = try folder.open()
        let table = try environment.withReadTransaction { try $0.table(named: "table") }
        try environment.withWriteTransaction { try $0.put("b", "two", in: table) }
        #expect(try environment.text("b", in: table) == "two")
    }

    @Test func `one table more than maxTables is reported as tablesFull`() throws {
        let environment = try folder.open(EnvironmentOptions(mapSize: 1 << 20, maxTables: 1))
        _ = try environment.makeTable("first")
        #expect(try code { _ = try environment.makeTable("second") } == .tablesFull)
    }

    @Test func `a full map is reported as mapFull and the environment goes on`() throws {
        let environment = try folder.open(EnvironmentOptions(mapSize: 1 << 18))
        let table = try environment.makeTable("table", ["a": "one"])
        let refusal = try code {
            try environment.withWriteTransaction { transaction in
                for number in 0..<1_000 { try transaction.put("fill\(number)", size: 1_000, in: table) }
            }
        }
        #expect(refusal == .mapFull)
        #expect(try environment.count(of: table) == 1)
        try environment.withWriteTransaction { try $0.put("b", "two", in: table) }
        #expect(try environment.text("b", in: table) == "two")
    }

    @Test func `a transaction that goes on after a failure cannot commit`() throws {
        let environment = try folder.open(EnvironmentOptions(mapSize: 1 << 18))
        let table = try environment.makeTable()
        let refusal = try code {
            try environment.withWriteTransaction { transaction in
                for number in 0..<1_000 { try? transaction.put("fill\(number)", size: 1_000, in: table) }
            }
        }
        #expect(refusal == .badTransaction)
        #expect(try environment.count(of: table) == 0)
    }

    @Test func `a folder that does not exist is reported as noSuchFile`() throws {
        #expect(try code { _ = try Environment(folder: folder.path + "/none") } == .noSuchFile)
    }

    @Test func `a file of something else is reported as invalid`() throws {
        try Data(repeating: 0x2A, count: 8_192).write(to: URL(fileURLWithPath: folder.path + "/data.mdb"))
        #expect(try code { _ = try folder.open() } == .invalid)
    }

    @Test func `files are created for the owner alone`() throws {
        let environment = try folder.open()
        for file in ["data.mdb", "lock.mdb"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(file)")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        environment.close()
    }

    @Test func `closing twice is closing once`() throws {
        let environment = try folder.open()
        environment.close()
        environment.close()
    }

    @Test func `writes of many threads come one after the other`() async throws {
        let environment = try folder.open()
        let table = try environment.makeTable("table", ["count": "0"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<25 {
                        try environment.withWriteTransaction { transaction in
                            let count = Int(try transaction.text("count", in: table) ?? "") ?? 0
                            try transaction.put("count", "\(count + 1)", in: table)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try environment.text("count", in: table) == "100")
    }
}
