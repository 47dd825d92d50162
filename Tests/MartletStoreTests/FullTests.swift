// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

@testable import MartletStore

/// A store that is nearly full goes on taking what frees room.
struct FullTests {
    private static let topic: UInt64 = 5
    private static let settled: UInt64 = 2_000

    /// Publishes until the store says that it is full.
    private func fill(_ disk: TestStore, _ log: inout TestLog, bytes: Int) throws {
        let bodies = [[UInt8]](repeating: body(1_000), count: bytes / 1_000)
        while !disk.isFull {
            try disk.commit(.append(log.segment(bodies)))
            log.written.removeAll()
        }
    }

    @Test func `acks go on when it is full, and publishes again when room was made`() throws {
        let disk = try TestStore(.small(mapSize: 16 << 20, reserve: 4 << 20))
        var row = Sample.subscription(8, topic: Self.topic)
        row.floor = 0
        try disk.commit(.putSubscription(row))
        for offset in 1...Self.settled {
            try disk.commit(
                .putDeferred(position: 8, row: Sample.deferred(offset, due: offset), replacing: nil))
        }
        var log = TestLog(Self.topic)
        try fill(disk, &log, bytes: 64 << 10)
        // Some way past the line, so that the little room that acks make does not end it.
        for _ in 0..<16 { try disk.commit(.append(log.segment([body(64_000)]))) }
        log.written.removeAll()
        let published = log.next

        var words = [UInt64](repeating: 0, count: 64)
        for offset in 1...Self.settled {
            words[Int(offset) / 64] |= 1 << (offset % 64)
            row.settledAbove = offset
            try disk.commit(
                .putSubscription(row), .putChunk(position: 8, chunk: 0, words: words),
                .removeDeferred(position: 8, offset: offset, due: offset))
            try #require(disk.isFull)
        }
        #expect(try disk.count(\.deferred) == 0)
        #expect(disk.store.statistics.usedBytes <= disk.store.statistics.mapBytes)

        try disk.commit(.trim(topic: Self.topic, first: published))
        try disk.sweep()
        #expect(!disk.isFull)
        try disk.commit(.append(log.segment([[1]])))
        try disk.reopen()
        #expect(!disk.isFull)
        let state = try #require(disk.state.subscriptions.first)
        #expect(state.row == row)
        #expect(state.chunks.map(\.words) == [words])
        #expect(try disk.store.messages(topic: Self.topic) == log.written)
    }

    @Test func `a store that was full is full when it is opened`() throws {
        let disk = try TestStore(.small(mapSize: 8 << 20, reserve: 4 << 20))
        var log = TestLog(Self.topic)
        try fill(disk, &log, bytes: 64 << 10)
        try disk.reopen()
        #expect(disk.isFull)
    }

    @Test func `large publishes do not use up the reserve between two looks at the room`() throws {
        let disk = try TestStore(.small(mapSize: 64 << 20, reserve: 8 << 20))
        var log = TestLog(Self.topic)
        #expect(throws: Never.self) { try fill(disk, &log, bytes: 2 << 20) }
        #expect(disk.isFull)
    }

    @Test func `a file that is larger than its map may be starts full, and what makes room works`() throws {
        let disk = try TestStore(.small(mapSize: 64 << 20, reserve: 1 << 20))
        var log = TestLog(Self.topic)
        for _ in 0..<40 { try disk.commit(.append(log.segment([body(500_000)]))) }
        try disk.reopen(.small(mapSize: 4 << 20, reserve: 1 << 20))
        #expect(disk.isFull)
        #expect(disk.store.statistics.mapBytes == 4 << 20)
        try disk.commit(.trim(topic: Self.topic, first: log.next))
        try disk.sweep()
        #expect(!disk.isFull)
        try disk.commit(.append(log.segment([[1]])))
    }

    @Test func `a commit that needs more room than was thought is done in the emergency room`() throws {
        let disk = try TestStore(.small(mapSize: 4 << 20, reserve: 0))
        var log = TestLog(Self.topic)
        // Far past the map, and past the first emergency room too.
        for _ in 0..<70 { try disk.commit(.append(log.segment([body(100_000)]))) }
        #expect(disk.isFull)
        #expect(disk.store.room < -(2 << 20))
        try disk.reopen()
        #expect(try disk.store.messages(topic: Self.topic) == log.written)
    }

    @Test func `the disk keeps blocks for what makes room, and the file is no larger for it`() throws {
        let disk = try TestStore(.small(mapSize: 64 << 20, reserve: 1 << 20))
        var status = stat()
        #expect(stat(disk.folder + "/data.mdb", &status) == 0)
        #expect(status.st_size < 1 << 20)
        #expect(Int(status.st_blocks) * 512 >= 1 << 20)
        // They are kept behind what is used, however far that is.
        var log = TestLog(Self.topic)
        for _ in 0..<40 { try disk.commit(.append(log.segment([body(100_000)]))) }
        disk.store.measureRoom()
        #expect(stat(disk.folder + "/data.mdb", &status) == 0)
        #expect(Int(status.st_blocks) * 512 >= disk.store.statistics.usedBytes + 1 << 19)
    }

    @Test func `every kind of write uses up room`() throws {
        let disk = try TestStore(.small(mapSize: 16 << 20, reserve: 1 << 20))
        let before = disk.store.room
        for key in 0..<40 {
            let row = KeyedRow(table: .state, key: [1, UInt8(key)], value: body(60_000), expiresAt: nil)
            try disk.commit(.putRow(row, replacing: nil))
        }
        #expect(disk.store.room < before - 40 * 60_000)
    }

    /// Commits of one topic row and some messages each, until one fails.
    private func overfill(_ disk: TestStore, _ log: inout TestLog) throws -> StoreError {
        while true {
            let (next, written) = (log.next, log.written)
            let segment = log.segment([body(20_000), body(50), body(900)])
            var topic = StoredTopic(id: Self.topic, name: "t", settings: TopicSettings())
            topic.settings.maxMessages = segment.end
            do {
                try disk.commit(.putTopic(topic), .append(segment))
            } catch let error as StoreError {
                log.next = next
                log.written = written
                return error
            }
        }
    }

    @Test func `nothing of a commit that found no room is there afterwards`() throws {
        let disk = try TestStore(.small(mapSize: 4 << 20, reserve: 0))
        var log = TestLog(Self.topic)
        _ = try overfill(disk, &log)
        let topic = try #require(try disk.reopen().topics.first)
        #expect(log.written.count > 100)
        #expect(topic.next == log.next)
        #expect(topic.settings.maxMessages == log.next)
        #expect(try disk.store.messages(topic: Self.topic) == log.written)
    }

    @Test func `a commit that finds no room says that the store is full`() throws {
        let disk = try TestStore(.small(mapSize: 4 << 20, reserve: 0))
        var log = TestLog(Self.topic)
        #expect(try overfill(disk, &log).code == .full)
    }
}
