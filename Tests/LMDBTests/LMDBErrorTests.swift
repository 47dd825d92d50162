// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import Testing

struct LMDBErrorTests {
    @Test func `the text names the operation and the reason`() throws {
        let folder = try TemporaryFolder()
        let environment = try folder.open(EnvironmentOptions(mapSize: 1 << 16))
        let table = try environment.makeTable()
        let error = try #require(throws: LMDBError.self) {
            try environment.withWriteTransaction { transaction in
                for number in 0..<100 { try transaction.put("fill\(number)", size: 1_000, in: table) }
            }
        }
        #expect(error.description == "mdb_put: MDB_MAP_FULL: Environment mapsize limit reached")
    }

    @Test func `a failed system call is named by its own text`() throws {
        let error = try #require(throws: LMDBError.self) { try Environment(folder: "/nonexistent") }
        #expect(error.description == "mdb_env_open: No such file or directory")
    }

    @Test func `codes are told apart by their number`() {
        #expect(LMDBError.Code.other(-30_792) == .mapFull)
        #expect(LMDBError.Code.other(28) == .noSpace)
        #expect(LMDBError.Code.invalid != .invalidArgument)
    }
}
