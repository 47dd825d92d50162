// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LMDB
@testable import MartletStore

/// A pack that is missing is told like one that is damaged, and no search for a place runs in circles about it.
struct MissingPackTests {
    let disk: TestStore
    let log: TestLog

    /// Ten packs of three messages: offsets 1-3 and so on to 28-30; times 0, 10 and so on to 90.
    init() throws {
        disk = try TestStore()
        var log = TestLog(5)
        for number in 0..<10 {
            try disk.commit(.append(log.segment((0..<3).map { body(50, seed: $0) }, time: UInt64(10 * number))))
        }
        self.log = log
    }

    private func remove(_ bases: UInt64...) throws {
        try disk.tamper { transaction in for base in bases { try transaction.remove(logKey(5, base), in: "log") } }
        try disk.reopen()
    }

    private func damage(from offset: UInt64) throws -> Range<UInt64>? {
        guard case .damaged(let range) = try disk.store.read(topic: 5, from: offset, bytes: 64 << 10) else {
            return nil
        }
        return range
    }

    @Test func `one missing pack is a range of damage, from wherever it is read`() throws {
        try remove(7)
        guard case .segment(let before) = try disk.store.read(topic: 5, from: 1, bytes: 64 << 10) else {
            Issue.record("what lies before was not read")
            return
        }
        #expect(before.end == 7)
        for offset in UInt64(7)...9 { #expect(try damage(from: offset) == offset..<10) }
        #expect(try disk.store.messages(topic: 5, from: 10) == log.written(from: 10))
    }

    @Test func `several missing packs are one range`() throws {
        try remove(7, 10, 13)
        #expect(try damage(from: 7) == 7..<16)
        #expect(try disk.store.messages(topic: 5, from: 16) == log.written(from: 16))
    }

    @Test func `what was dropped from the front is not missing`() throws {
        try disk.commit(.trim(topic: 5, first: 10))
        try disk.sweep()
        #expect(try disk.store.messages(topic: 5, from: 1) == log.written(from: 10))
    }

    @Test(arguments: [[7], [25], [7, 10, 13, 16, 19, 22, 25], [4, 28]] as [[UInt64]])
    func `a search by time ends, whatever is missing`(_ bases: [UInt64]) throws {
        try disk.tamper { transaction in for base in bases { try transaction.remove(logKey(5, base), in: "log") } }
        try disk.reopen()
        let left = (0..<10).map { UInt64(3 * $0 + 1) }.filter { !bases.contains($0) }
        for time in UInt64(0)...100 {
            let expected = left.first { ($0 - 1) / 3 * 10 >= time }
            #expect(try disk.store.offset(topic: 5, at: time) == expected)
        }
    }

    @Test func `a key that is out of place is damage and no trap`() throws {
        try disk.tamper { transaction in
            let table = try transaction.table(named: "log")
            for key in [[0, 0, 0, 0, 0, 0, 0, 5, 0xFF], logKey(5, .max)] as [[UInt8]] {
                try key.withUnsafeBytes { try transaction.put($0, $0, in: table) }
            }
        }
        try disk.reopen()
        let error = try #require(throws: StoreError.self) { try disk.store.read(topic: 5, from: 31, bytes: 100) }
        #expect(error.code == .damaged)
    }

    @Test func `keys that do not ascend end a walk`() throws {
        var order = KeyOrder()
        let (low, high): ([UInt8], [UInt8]) = ([1], [1, 0])
        try low.withUnsafeBytes { low in
            try high.withUnsafeBytes { high in
                _ = try order.pass(Entry(key: low, value: low))
                _ = try order.pass(Entry(key: high, value: low))
                #expect(throws: StoreError.self) { try order.pass(Entry(key: high, value: low)) }
                #expect(throws: StoreError.self) { try order.pass(Entry(key: low, value: low)) }
            }
        }
    }
}
