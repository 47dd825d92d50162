// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import Testing

@testable import MartletStore

/// The index of due times has no checksum: damage to it neither brings a message twice nor keeps one back.
struct DueIndexTests {
    private static let position: UInt64 = 8
    let disk: TestStore

    init() throws {
        disk = try TestStore()
        for (offset, due) in [(5, 100), (6, 200), (7, 300)] as [(UInt64, UInt64)] {
            try disk.commit(
                .putDeferred(position: Self.position, row: Sample.deferred(offset, due: due), replacing: nil))
        }
    }

    private func key(_ time: UInt64, _ offset: UInt64, position: UInt64 = position) -> [UInt8] {
        [DueKind.returned] + logKey(position, time) + logKey(offset, 0).prefix(8)
    }

    private func move(_ key: [UInt8], to other: [UInt8]) throws {
        try disk.tamper { transaction in
            try transaction.remove(key, in: "due")
            let table = try transaction.table(named: "due")
            try other.withUnsafeBytes { key in
                try withUnsafeBytes(of: UInt8(1)) { try transaction.put(key, $0, in: table) }
            }
        }
        try disk.reopen()
    }

    private func due() throws -> [UInt64] {
        try disk.store.due(position: Self.position, after: Due(time: 0, offset: 0), limit: 9).map(\.offset)
    }

    private func waiting() throws -> [UInt64] {
        try disk.store.deferredOffsets(position: Self.position, in: 0..<4_096, limit: .max)
    }

    /// What was found goes with the next commit, and is not counted once more.
    private func checkThatItIsGone() throws {
        #expect(disk.store.hasGarbage)
        try disk.sweep()
        let (due, waiting) = (try due(), try waiting())
        #expect(Set(due) == Set(waiting))
        try disk.reopen()
        #expect(try self.due() == due)
        #expect(try self.waiting() == waiting)
        #expect(disk.store.damagedRows == 0)
        #expect(!disk.store.hasGarbage)
    }

    @Test(arguments: [50, 101, 250, 1 << 50] as [UInt64])
    func `a row with another time is passed over, and its message waits for nothing`(_ time: UInt64) throws {
        try move(key(100, 5), to: key(time, 5))
        #expect(try due() == [6, 7])
        #expect(disk.store.damagedRows == 1)
        // It is not there as a message that waits, and so is delivered at once.
        #expect(try waiting() == [6, 7])
        #expect(disk.store.damagedRows == 2)
        _ = (try due(), try waiting())
        #expect(disk.store.damagedRows == 2)
        try checkThatItIsGone()
    }

    @Test(arguments: [6, 7, 4, 900, .max] as [UInt64])
    func `a row with another offset does not bring that message twice`(_ offset: UInt64) throws {
        try move(key(100, 5), to: key(100, offset))
        #expect(try due() == [6, 7])
        #expect(try waiting() == [6, 7])
        #expect(disk.store.damagedRows == 2)
        try checkThatItIsGone()
    }

    @Test func `a row with another position is no one's`() throws {
        try move(key(100, 5), to: key(100, 5, position: 9))
        #expect(try disk.store.due(position: 9, after: Due(time: 0, offset: 0), limit: 9).isEmpty)
        #expect(try due() == [6, 7])
        #expect(try waiting() == [6, 7])
        #expect(disk.store.damagedRows == 2)
        try checkThatItIsGone()
    }

    @Test func `a message that is lost from the index and damaged itself waits for nothing either`() throws {
        try disk.tamper { transaction in
            try transaction.change(logKey(Self.position, 5), in: "deferred") { $0[3] ^= 1 }
            try transaction.remove(self.key(100, 5), in: "due")
        }
        try disk.reopen()
        #expect(try waiting() == [6, 7])
        try checkThatItIsGone()
    }

    @Test func `a damaged row that the index names waits for its time`() throws {
        try disk.tamper { try $0.change(logKey(Self.position, 5), in: "deferred") { $0[3] ^= 1 } }
        try disk.reopen()
        #expect(try due() == [5, 6, 7])
        #expect(try waiting() == [5, 6, 7])
        #expect(!disk.store.hasGarbage)
    }

    @Test func `what has come right before the next commit stays`() throws {
        try move(key(100, 5), to: key(101, 5))
        _ = (try due(), try waiting())
        try disk.commit(
            .putDeferred(position: Self.position, row: Sample.deferred(5, due: 101), replacing: 100))
        #expect(try due() == [5, 6, 7])
        #expect(try waiting() == [5, 6, 7])
    }

    @Test func `the row of a record's end that names another record removes nothing`() throws {
        let row = KeyedRow(table: .state, key: [97], value: [1], expiresAt: 50)
        let other = KeyedRow(table: .state, key: [98], value: [2], expiresAt: 900)
        try disk.commit(.putRow(row, replacing: nil), .putRow(other, replacing: nil))
        try disk.tamper { transaction in
            let head = [KeyedRow.Table.state.rawValue] + logKey(50, 0).prefix(8)
            try transaction.remove(head + [97], in: "due")
            let table = try transaction.table(named: "due")
            try (head + [98]).withUnsafeBytes { key in
                try withUnsafeBytes(of: UInt8(1)) { try transaction.put(key, $0, in: table) }
            }
        }
        try disk.reopen()
        for (key, end) in try disk.store.expiredRows(.state, by: 60, limit: 9) {
            try disk.commit(.removeRow(.state, key: key, expiresAt: end))
        }
        #expect(try disk.store.row(.state, key: [97]) == row)
        #expect(try disk.store.row(.state, key: [98]) == other)
        #expect(try disk.store.expiredRows(.state, by: 60, limit: 9).isEmpty)
    }
}
