// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import Testing

struct MaintenanceTests {
    let folder: TemporaryFolder
    let environment: Environment
    let table: Table

    init() throws {
        folder = try TemporaryFolder()
        environment = try folder.open(EnvironmentOptions(mapSize: 1 << 26, noMetaSync: true))
        table = try environment.makeTable()
    }

    @Test func `statistics move with the commits`() throws {
        let before = environment.statistics
        try fill()
        let after = environment.statistics
        #expect(before.mapSize == 1 << 26)
        #expect(before.pageSize == after.pageSize)
        #expect(after.lastTransaction == before.lastTransaction + 1)
        #expect(after.usedBytes >= before.usedBytes + 1_000_000)
        #expect(after.usedBytes == (after.lastPage + 1) * after.pageSize)
    }

    @Test func `deleted pages become free pages and then are used again`() throws {
        try fill()
        let full = try freePages()
        try environment.withWriteTransaction { try $0.clear(table) }
        let cleared = try freePages()
        #expect(cleared > full + 250)
        // Pages freed by the last commit must stay as they are for one more, so that it can be undone.
        try environment.withWriteTransaction { try $0.put("a", "one", in: table) }
        let used = environment.statistics.usedBytes
        try fill()
        #expect(try freePages() < cleared - 200)
        #expect(environment.statistics.usedBytes < used + 200_000)
    }

    @Test func `a new environment has no free pages`() throws {
        let other = try TemporaryFolder()
        let empty = try other.open()
        #expect(try empty.withReadTransaction { try $0.freePages() } == 0)
    }

    @Test func `living readers are not taken for dead ones`() throws {
        let reader = try environment.makeSnapshotReader()
        #expect(try environment.checkReaders() == 0)
        #expect(try reader.read { try $0.count(of: table) } == 0)
    }

    @Test func `dropping resident pages of an empty environment does nothing`() throws {
        let other = try TemporaryFolder()
        try other.open().dropResidentPages()
    }

    #if os(Linux)
    @Test func `dropped pages leave the resident set and read the same`() throws {
        try fill()
        let reader = try environment.makeSnapshotReader()
        try reader.read { transaction in
            let before = try transaction.keys(of: table)
            let resident = try residentKilobytes()
            try environment.dropResidentPages()
            let remaining = try residentKilobytes()
            #expect(resident > 1_000)
            #expect(remaining < resident / 4)
            let after = try transaction.keys(of: table)
            #expect(before.count == 1_000)
            #expect(before == after)
        }
    }

    /// How much of the data file's map is resident, as the kernel tells.
    private func residentKilobytes() throws -> Int {
        // In pieces, as the kernel gives no size and the short ways to read a file stop at the first piece.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        var bytes = Data()
        while let piece = try file.read(upToCount: 4_096), !piece.isEmpty { bytes += piece }
        let maps = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let start = try #require(maps.firstIndex { $0.hasSuffix(folder.path + "/data.mdb") })
        let line = try #require(maps[start...].first { $0.hasPrefix("Rss:") })
        return try #require(Int(line.filter(\.isNumber)))
    }
    #endif

    @Test func `free pages are counted while their list has no more records than may be read`() throws {
        try fill()
        try environment.withWriteTransaction { try $0.clear(table) }
        let pages = try freePages()
        try environment.withReadTransaction { transaction in
            let records = try #require((0...1_000).first { try transaction.freePages(records: $0) != nil })
            #expect(records > 0)
            #expect(try transaction.freePages(records: records) == pages)
            #expect(try transaction.freePages(records: records - 1) == nil)
        }
    }

    @Test func `readers that are there are counted by their slots`() throws {
        let before = environment.statistics.readers
        let readers = try (0..<3).map { _ in try environment.makeSnapshotReader() }
        #expect(environment.statistics.readers == max(before, readers.count))
    }

    private func fill() throws {
        try environment.withWriteTransaction { transaction in
            for number in 0..<1_000 { try transaction.put("fill\(number)", size: 1_200, in: table) }
        }
    }

    private func freePages() throws -> Int {
        try environment.withReadTransaction { try $0.freePages() }
    }
}
