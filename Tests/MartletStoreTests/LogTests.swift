// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletModel
import Testing

@testable import MartletStore

/// What is appended to the log is read back from it.
struct LogTests {
    let disk: TestStore

    init() throws {
        disk = try TestStore()
    }

    @Test(arguments: [
        0, 1, Pack.largest - Pack.headerSize - 3, Pack.largest - Pack.headerSize - 2,
        Pack.largest - Pack.headerSize + Pack.piece - 3, Pack.largest - Pack.headerSize + Pack.piece - 2, 1 << 20,
    ])
    func `a message of any size is read back equal`(_ size: Int) throws {
        var log = TestLog(1)
        try disk.commit(.append(log.segment([body(3), body(size, seed: 1), body(4)])))
        #expect(try disk.store.messages(topic: 1) == log.written)
        try disk.reopen()
        #expect(try disk.store.messages(topic: 1) == log.written)
    }

    @Test func `a message of 16 MiB is read back equal`() throws {
        var log = TestLog(1)
        let large = [UInt8](repeating: 0x5A, count: 16 << 20)
        try disk.commit(.append(log.segment([[1], large, [2]])))
        try disk.reopen()
        #expect(try disk.store.messages(topic: 1) == log.written)
        // The record's size and flags take 5 bytes, the first value holds the header too.
        let rest = large.count + 5 - (Pack.largest - Pack.headerSize)
        #expect(try disk.count(\.log) == 3 + (rest + Pack.piece - 1) / Pack.piece)
    }

    @Test func `no value is larger than a pack may be`() throws {
        var log = TestLog(1)
        let sizes = [0, 1_979, 1_980, 2_500, 4_000, 100_000]
        try disk.commit(.append(log.segment(sizes.map { body($0) })))
        var counts: [Int] = []
        try disk.tamper { transaction in
            let table = try transaction.table(named: "log")
            try transaction.withCursor(on: table) { cursor in
                while let row = try cursor.next() { counts.append(row.value.count) }
            }
        }
        #expect(counts.max() == Pack.largest)
        #expect(counts.reduce(0, +) == log.segmentBytes)
    }

    @Test func `reading begins at any offset of a log of mixed packs`() throws {
        var numbers = SeededRandom(seed: 3)
        var log = TestLog(1)
        for round in 0..<40 {
            let limit = [Pack.shared, 1_280, Pack.largest][round % 3]
            let bodies = (0..<Int.random(in: 1...30, using: &numbers)).map { _ in
                body(Int.random(in: 0...(Bool.random(using: &numbers) ? 60 : 5_000), using: &numbers), seed: round)
            }
            try disk.commit(.append(log.segment(bodies, time: UInt64(round), packLimit: limit)))
        }
        for offset in 0...log.next {
            guard case .segment(let segment) = try disk.store.read(topic: 1, from: offset, bytes: 1) else {
                #expect(offset == log.next)
                continue
            }
            #expect(segment.messages(from: offset).first == log.written(from: offset).first)
            #expect(segment.packs.count == 1)
        }
        for offset in stride(from: 1, to: log.next, by: 37) {
            #expect(try disk.store.messages(topic: 1, from: offset) == log.written(from: offset))
        }
    }

    @Test func `a read brings about as many bytes as were asked for`() throws {
        var log = TestLog(1)
        try disk.commit(.append(log.segment((0..<5_000).map { _ in body(100) })))
        for bytes in [1, 2_000, 2_100, 64 << 10] {
            guard case .segment(let segment) = try disk.store.read(topic: 1, from: 1, bytes: bytes) else {
                Issue.record("nothing was read")
                continue
            }
            #expect(segment.bytes.count >= bytes)
            #expect(segment.bytes.count < bytes + Pack.largest)
            #expect(segment.isClosed)
            #expect(segment.total == segment.packs.last?.header.total)
        }
    }

    @Test func `topics do not mix`() throws {
        let ids: [UInt64] = [0, 1, 2, TopicID.ordinary, TopicID.ordinary + 1, .max - 1]
        var logs = ids.map { TestLog($0) }
        for round in 0..<20 {
            var operations: [StoreOperation] = []
            for index in logs.indices where (round + index) % 3 != 0 {
                let bodies = (0..<5).map { body(round == 7 ? 3_000 : 70, seed: index * 100 + round * 5 + $0) }
                operations.append(.append(logs[index].segment(bodies, packLimit: Pack.shared)))
            }
            // Each round in another order, so that the end of the log is not always where messages go.
            try disk.commit(round % 2 == 0 ? operations : operations.reversed())
        }
        try disk.reopen()
        for log in logs { #expect(try disk.store.messages(topic: log.topic) == log.written) }
        #expect(try disk.store.messages(topic: 3).isEmpty)
        #expect(try disk.store.messages(topic: TopicID.ordinary + 7).isEmpty)
    }

    @Test func `behind the last message there is nothing`() throws {
        var log = TestLog(1)
        #expect(try disk.store.messages(topic: 1).isEmpty)
        try disk.commit(.append(log.segment([[1]])), .append(log.segment([body(9_000)])))
        guard case .none = try disk.store.read(topic: 1, from: 3, bytes: 100) else {
            Issue.record("something was read")
            return
        }
        var other = TestLog(2)
        try disk.commit(.append(other.segment([[7]])))
        guard case .none = try disk.store.read(topic: 1, from: 3, bytes: 100) else {
            Issue.record("something was read")
            return
        }
    }

    @Test func `packs are larger where messages can be appended`() throws {
        var low = TestLog(1)
        var high = TestLog(2)
        #expect(disk.store.packLimit(topic: 1) == Pack.largest)
        try disk.commit(.append(high.segment([[1]])), .append(low.segment([[1]])))
        #expect(disk.store.packLimit(topic: 1) == Pack.shared)
        #expect(disk.store.packLimit(topic: 2) == Pack.largest)
        #expect(disk.store.packLimit(topic: 3) == Pack.largest)
        try disk.reopen()
        #expect(disk.store.packLimit(topic: 1) == Pack.shared)
        #expect(disk.store.packLimit(topic: 2) == Pack.largest)
        try disk.commit(.append(low.segment([[2]])), .append(high.segment([[2]])))
        #expect(try disk.store.messages(topic: 1) == low.written)
        #expect(try disk.store.messages(topic: 2) == high.written)
    }
}

extension TestLog {
    /// Bytes of the packs of all that was put in, each message being a pack of its own.
    fileprivate var segmentBytes: Int {
        var copy = TestLog(topic)
        return copy.segment(written.map(\.body)).bytes.count
    }
}
