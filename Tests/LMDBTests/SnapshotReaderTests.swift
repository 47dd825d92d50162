// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import Testing

struct SnapshotReaderTests {
    let folder: TemporaryFolder
    let environment: Environment
    let table: Table

    init() throws {
        folder = try TemporaryFolder()
        environment = try folder.open(EnvironmentOptions(mapSize: 1 << 26, maxReaders: 2))
        table = try environment.makeTable("table", ["a": "one"])
    }

    @Test func `a read sees what was committed when it began and the next one what came since`() throws {
        let reader = try environment.makeSnapshotReader()
        let during = try reader.read { transaction in
            try environment.withWriteTransaction { try $0.put("a", "two", in: table) }
            return try transaction.text("a", in: table)
        }
        #expect(during == "one")
        #expect(try reader.read { try $0.text("a", in: table) } == "two")
    }

    @Test func `a reader that is older than a table reads it`() throws {
        let reader = try environment.makeSnapshotReader()
        let later = try environment.makeTable("later", ["a": "late"])
        #expect(try reader.read { try $0.text("a", in: later) } == "late")
    }

    @Test func `an error leaves the reader ready for the next read`() throws {
        let reader = try environment.makeSnapshotReader()
        #expect(throws: ChangeOfMind.self) { try reader.read { _ in throw ChangeOfMind() } }
        #expect(try reader.read { try $0.text("a", in: table) } == "one")
    }

    @Test func `a reader holds one slot and gives it back`() throws {
        do {
            let first = try environment.makeSnapshotReader()
            let second = try environment.makeSnapshotReader()
            for _ in 0..<10 { _ = try first.read { try $0.count(of: table) } }
            #expect(try code { _ = try environment.makeSnapshotReader() } == .readersFull)
            _ = try second.read { try $0.count(of: table) }
        }
        _ = try environment.makeSnapshotReader()
    }

    @Test func `between two reads a reader pins no pages`() throws {
        let reader = try environment.makeSnapshotReader()
        _ = try reader.read { try $0.count(of: table) }
        for _ in 0..<10 { try rewrite() }
        let settled = environment.statistics.lastPage
        for _ in 0..<50 { try rewrite() }
        #expect(environment.statistics.lastPage == settled)
        _ = try reader.read { try $0.count(of: table) }
    }

    @Test func `a reader keeps its environment open`() throws {
        var owner: Environment? = try TemporaryFolder().open()
        weak let remaining = owner
        let reader = try #require(try owner?.makeSnapshotReader())
        owner = nil
        #expect(remaining != nil)
        #expect(throws: Never.self) { try reader.read { _ in } }
    }

    private func rewrite() throws {
        try environment.withWriteTransaction { try $0.put("a", size: 1_000, in: table) }
    }
}
