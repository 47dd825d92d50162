// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletStore

/// What is no longer referred to is deleted in slices.
struct SweepTests {
    let disk: TestStore

    init() throws {
        disk = try TestStore()
    }

    /// Fills a topic with packs of two messages each.
    private func fill(_ topic: UInt64, packs: Int) throws -> TestLog {
        var log = TestLog(topic)
        let segment = log.segment([[UInt8]](repeating: [], count: packs * 2), packLimit: Pack.headerSize + 4)
        try #require(segment.packs.count == packs)
        try disk.commit(.append(segment))
        return log
    }

    @Test func `a removed topic expiresAt in slices of a thousand rows, and is gone at once for those who look`() throws
    {
        _ = try fill(5, packs: 3_500)
        let other = try fill(6, packs: 10)
        try disk.commit(.putTopic(Sample.topic(5)), .putTopic(Sample.topic(6)))
        try disk.commit(.removeTopic(id: 5))
        #expect(disk.store.hasGarbage)
        var left = [try disk.count(\.log)]
        while disk.store.hasGarbage {
            try disk.commit()
            left.append(try disk.count(\.log))
        }
        #expect(left == [2_510, 1_510, 510, 10])
        #expect(try disk.store.messages(topic: 5).isEmpty)
        #expect(try disk.store.messages(topic: 6) == other.written)
        #expect(try disk.reopen().topics.map(\.id) == [6])
    }

    @Test func `a sweep expiresAt on after the store was opened again`() throws {
        _ = try fill(5, packs: 3_500)
        try disk.commit(.removeTopic(id: 5))
        #expect(try disk.reopen().topics.isEmpty)
        #expect(disk.store.hasGarbage)
        try disk.commit()
        try disk.reopen()
        #expect(disk.store.hasGarbage)
        #expect(try disk.sweep() == 2)
        #expect(try disk.count(\.log) == 0)
        try disk.reopen()
        #expect(!disk.store.hasGarbage)
    }

    @Test func `a removed subscription leaves no row in any table`() throws {
        for subscription in UInt64(7)...9 {
            var operations: [StoreOperation] = [.putSubscription(Sample.subscription(subscription, topic: 5))]
            for number in UInt64(0)..<1_100 {
                operations.append(.putChunk(position: subscription, chunk: number, words: nil))
                let row = Sample.deferred(number, due: number * 7 % 100, attempts: 0)
                operations.append(.putDeferred(position: subscription, row: row, replacing: nil))
            }
            try disk.commit(operations)
        }
        try disk.commit(.removeSubscription(id: 8, position: 8))
        try disk.reopen()
        #expect(disk.state.subscriptions.map(\.row.id) == [7, 9])
        try disk.commit()
        try disk.reopen()
        try disk.sweep()
        #expect(try disk.count(\.acks) == 2_200)
        #expect(try disk.count(\.deferred) == 2_200)
        #expect(try disk.count(\.due) == 2_200)
        #expect(try disk.store.due(position: 8, after: Due(time: 0, offset: 0), limit: 9).isEmpty)
        #expect(try disk.store.due(position: 9, after: Due(time: 0, offset: 0), limit: 9_999).count == 1_099)
        #expect(try disk.store.deferredOffsets(position: 7, in: 0..<9_999, limit: .max).count == 1_100)
    }

    @Test func `copies of redriven messages go with the position that they belong to`() throws {
        /// The key of a copy: the position and the offset.
        func key(_ position: UInt64, _ offset: UInt64) -> [UInt8] {
            [position, offset].flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        }
        for position in UInt64(7)...9 {
            let copies = (UInt64(1)...3).map { offset -> StoreOperation in
                .putRow(
                    KeyedRow(table: .copies, key: key(position, offset), value: body(3_000), expiresAt: nil),
                    replacing: nil)
            }
            try disk.commit(copies)
        }
        let all = try disk.count(\.copies)
        // A seek keeps what was settled under the position; what it delivered again is over.
        try disk.commit(.removePosition(7, keepsSettled: true))
        try disk.sweep()
        #expect(try disk.count(\.copies) == all / 3 * 2)
        try disk.commit(.removeSubscription(id: 1, position: 8))
        try disk.sweep()
        #expect(try disk.count(\.copies) == all / 3)
        #expect(try disk.store.row(.copies, key: key(9, 3))?.value == body(3_000))
    }

    @Test func `large backlogs take turns`() throws {
        for topic in UInt64(1)...3 { _ = try fill(topic, packs: 2_500) }
        try disk.commit(.removeTopic(id: 1), .removeTopic(id: 2), .removeTopic(id: 3))
        for _ in 0..<2 { try disk.commit() }
        // Each has had one slice of its own.
        #expect(try disk.count(\.log) == 4_500)
        for topic in UInt64(1)...3 {
            guard case .segment(let segment) = try disk.store.read(topic: topic, from: 0, bytes: 1) else {
                Issue.record("topic \(topic) is gone already")
                continue
            }
            #expect(segment.base == 2_001)
        }
        try disk.sweep()
        #expect(try disk.count(\.log) == 0)
    }

    @Test func `a trim keeps the pack that holds a message that stays`() throws {
        var log = TestLog(5)
        for _ in 0..<4 { try disk.commit(.append(log.segment([[1], [2], [3], [4], [5]]))) }
        for (first, kept) in [(UInt64(1), UInt64(1)), (3, 1), (5, 1), (6, 6), (15, 11), (16, 16), (20, 16)] {
            try disk.commit(.trim(topic: 5, first: first))
            try disk.sweep()
            #expect(try disk.store.messages(topic: 5) == log.written(from: kept))
        }
        try disk.commit(.trim(topic: 5, first: 21))
        try disk.sweep()
        #expect(try disk.count(\.log) == 0)
        try disk.commit(.append(log.segment([[9]])))
        #expect(try disk.store.messages(topic: 5) == log.written(from: 21))
    }

    @Test func `a trim expiresAt as far as the furthest of several`() throws {
        let log = try fill(5, packs: 3_000)
        try disk.commit(.trim(topic: 5, first: 5_001))
        try disk.commit(.trim(topic: 5, first: 101))
        try disk.commit(.trim(topic: 5, first: 5_501))
        try disk.reopen()
        try disk.sweep()
        #expect(try disk.store.messages(topic: 5) == log.written(from: 5_501))
    }

    @Test func `a large message expiresAt with all its pieces or not at all`() throws {
        var log = TestLog(5)
        // 600 rows each: a slice ends within the second message.
        let large = body(600 * Pack.piece - 500)
        try disk.commit(.append(log.segment([large, large, large, [7]])))
        let rows = try disk.count(\.log)
        try #require(rows == 1_801)
        try disk.commit(.trim(topic: 5, first: 4))
        #expect(try disk.count(\.log) == 601)
        #expect(try disk.store.messages(topic: 5) == log.written(from: 3))
        try disk.sweep()
        #expect(try disk.count(\.log) == 1)
        #expect(try disk.store.messages(topic: 5) == log.written(from: 4))
    }

    @Test func `where the last topic is gone, the one before it is appended to`() throws {
        var low = try fill(1, packs: 5)
        _ = try fill(2, packs: 1_500)
        try disk.commit(.removeTopic(id: 2))
        #expect(disk.store.packLimit(topic: 1) == Pack.shared)
        try disk.commit(.append(low.segment([[5]])))
        #expect(disk.store.packLimit(topic: 1) == Pack.largest)
        try disk.commit(.append(low.segment([[6]])))
        #expect(try disk.store.messages(topic: 1) == low.written)
    }

    @Test func `messages that arrive while their topic is trimmed stay`() throws {
        var log = try fill(5, packs: 2_500)
        try disk.commit(.trim(topic: 5, first: 5_001), .append(log.segment([[1], [2]])))
        try disk.commit(.append(log.segment([[3]])))
        try disk.sweep()
        #expect(try disk.store.messages(topic: 5) == log.written(from: 5_001))
    }
}
