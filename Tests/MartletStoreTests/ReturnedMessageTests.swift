// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletStore

/// Chunks of acks, returned messages and the order in which they become due.
struct ReturnedMessageTests {
    let disk: TestStore

    init() throws {
        disk = try TestStore()
    }

    private func due(_ subscription: UInt64, after position: Due = Due(time: 0, offset: 0), limit: Int = 100) throws
        -> [Due]
    {
        try disk.store.due(position: subscription, after: position, limit: limit)
    }

    @Test func `a returned message is read as it was put`() throws {
        let row = Sample.deferred(40, due: 500, attempts: 10)
        try disk.commit(.putDeferred(position: 8, row: row, replacing: nil))
        try disk.reopen()
        #expect(try disk.store.deferred(position: 8, offset: 40) == row)
        #expect(try disk.store.deferred(position: 8, offset: 41) == nil)
        #expect(try disk.store.deferred(position: 9, offset: 40) == nil)
    }

    @Test func `due messages come by time, then by offset, and only those of the subscription`() throws {
        let times: [(offset: UInt64, due: UInt64)] = [(5, 300), (9, 100), (2, 300), (7, 200), (1, 1 << 40)]
        for (offset, due) in times {
            try disk.commit(
                .putDeferred(position: 8, row: Sample.deferred(offset, due: due), replacing: nil),
                .putDeferred(position: 7, row: Sample.deferred(offset, due: due + 1), replacing: nil),
                .putDeferred(position: 9, row: Sample.deferred(offset, due: due - 1), replacing: nil))
        }
        let sorted = times.map { Due(time: $0.due, offset: $0.offset) }.sorted()
        #expect(sorted.map(\.offset) == [9, 7, 2, 5, 1])
        #expect(try due(8) == sorted)
        for limit in 0...5 { #expect(try due(8, limit: limit) == Array(sorted.prefix(limit))) }
        for (index, position) in sorted.enumerated() {
            #expect(try due(8, after: position) == Array(sorted[(index + 1)...]))
        }
        #expect(try due(10).isEmpty)
    }

    @Test func `an owner's overdue messages do not stand in front of another's`() throws {
        for offset in UInt64(1)...300 {
            try disk.commit(.putDeferred(position: 1, row: Sample.deferred(offset, due: 10), replacing: nil))
        }
        try disk.commit(.putDeferred(position: 2, row: Sample.deferred(1, due: 99), replacing: nil))
        #expect(try due(2, limit: 1) == [Due(time: 99, offset: 1)])
    }

    @Test func `a new due time replaces the one before`() throws {
        try disk.commit(.putDeferred(position: 8, row: Sample.deferred(4, due: 100), replacing: nil))
        let row = Sample.deferred(4, due: 900, attempts: 3)
        try disk.commit(.putDeferred(position: 8, row: row, replacing: 100))
        #expect(try due(8) == [Due(time: 900, offset: 4)])
        #expect(try disk.store.deferred(position: 8, offset: 4) == row)
        // The same time once more, as when a commit is applied twice.
        try disk.commit(.putDeferred(position: 8, row: row, replacing: 900))
        #expect(try due(8) == [Due(time: 900, offset: 4)])
        #expect(try disk.count(\.deferred) == 1)
    }

    @Test func `a message that is forgotten leaves no row`() throws {
        try disk.commit(
            .putDeferred(position: 8, row: Sample.deferred(4, due: 100), replacing: nil),
            .putDeferred(position: 8, row: Sample.deferred(5, due: 100), replacing: nil))
        try disk.commit(.removeDeferred(position: 8, offset: 4, due: 100))
        try disk.commit(.removeDeferred(position: 8, offset: 4, due: 100))
        #expect(try due(8) == [Due(time: 100, offset: 5)])
        #expect(try disk.store.deferred(position: 8, offset: 4) == nil)
        #expect(try disk.count(\.deferred) == 1)
        #expect(try disk.count(\.due) == 1)
    }

    @Test func `offsets of returned messages are found by range`() throws {
        let offsets: [UInt64] = [1, 4_095, 4_096, 4_097, 8_191, 8_192]
        for subscription in UInt64(7)...9 {
            for offset in offsets where subscription == 8 || offset == 4_096 {
                try disk.commit(
                    .putDeferred(position: subscription, row: Sample.deferred(offset, due: 1), replacing: nil))
            }
        }
        #expect(try disk.store.deferredOffsets(position: 8, in: 4_096..<8_192, limit: .max) == [4_096, 4_097, 8_191])
        #expect(try disk.store.deferredOffsets(position: 8, in: 0..<4_096, limit: .max) == [1, 4_095])
        #expect(try disk.store.deferredOffsets(position: 8, in: 0..<(.max), limit: .max) == offsets)
        #expect(try disk.store.deferredOffsets(position: 8, in: 2..<4_095, limit: .max).isEmpty)
        #expect(try disk.store.deferredOffsets(position: 6, in: 0..<(.max), limit: .max).isEmpty)
    }

    @Test func `chunks are loaded as they were put, complete ones without words`() throws {
        var row = Sample.subscription(8, topic: 5)
        row.floor = 4_095
        let words = (0..<64).map { UInt64($0) << 56 | UInt64($0) }
        try disk.commit(
            .putSubscription(row), .putChunk(position: 8, chunk: 1, words: words),
            .putChunk(position: 8, chunk: 2, words: nil), .putChunk(position: 8, chunk: 300, words: words),
            .putChunk(position: 9, chunk: 1, words: nil))
        let chunks = try #require(try disk.reopen().subscriptions.first).chunks
        #expect(chunks.map(\.chunk) == [1, 2, 300])
        #expect(chunks.map(\.words) == [words, nil, words])
        // A complete chunk may become one with words again, and the other way round.
        try disk.commit(
            .putChunk(position: 8, chunk: 1, words: nil), .putChunk(position: 8, chunk: 2, words: words))
        #expect(try #require(try disk.reopen().subscriptions.first).chunks.map(\.words) == [nil, words, words])
    }

    @Test func `chunks below one are removed, and those of others stay`() throws {
        for subscription in UInt64(7)...9 {
            var row = Sample.subscription(subscription, topic: 5)
            row.floor = 0
            try disk.commit(.putSubscription(row))
            for chunk in UInt64(0)...5 {
                try disk.commit(.putChunk(position: subscription, chunk: chunk, words: nil))
            }
        }
        try disk.commit(.removeChunks(position: 8, below: 4))
        let loaded = try disk.reopen().subscriptions.map { $0.chunks.map(\.chunk) }
        #expect(loaded == [[0, 1, 2, 3, 4, 5], [4, 5], [0, 1, 2, 3, 4, 5]])
    }

    @Test func `chunks below the floor, and those of a subscription without holes, are not loaded`() throws {
        var row = Sample.subscription(8, topic: 5)
        row.floor = 4_096 * 3
        try disk.commit(.putSubscription(row))
        for chunk in UInt64(0)...4 { try disk.commit(.putChunk(position: 8, chunk: chunk, words: nil)) }
        #expect(try #require(try disk.reopen().subscriptions.first).chunks.map(\.chunk) == [3, 4])
        row.settledAbove = 0
        try disk.commit(.putSubscription(row))
        #expect(try #require(try disk.reopen().subscriptions.first).chunks.isEmpty)
    }
}
