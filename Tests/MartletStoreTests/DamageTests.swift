// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import Testing

@testable import MartletStore

/// A damaged pack is told apart from what was written, and what lies around it stays readable.
struct DamageTests {
    let disk: TestStore
    let log: TestLog

    /// Five packs of three messages, with a large message after the second: offsets 1-3, 4-6, 7, 8-10, 11-13, 14-16.
    init() throws {
        disk = try TestStore()
        var log = TestLog(5)
        for number in 0..<5 {
            if number == 2 { try disk.commit(.append(log.segment([body(10_000)], time: 20))) }
            try disk.commit(.append(log.segment((0..<3).map { body(50, seed: $0) }, time: UInt64(10 * number))))
        }
        self.log = log
        var neighbour = TestLog(6)
        try disk.commit(.append(neighbour.segment([[1]])))
    }

    private func read(from offset: UInt64) throws -> StoredRead {
        try disk.store.read(topic: 5, from: offset, bytes: 64 << 10)
    }

    private func damage(from offset: UInt64) throws -> Range<UInt64>? {
        guard case .damaged(let range) = try read(from: offset) else { return nil }
        return range
    }

    private func flip(byte: Int, ofPackAt base: UInt64, piece: UInt32? = nil) throws {
        try disk.tamper { try $0.change(logKey(5, base, piece: piece), in: "log") { $0[byte] ^= 1 } }
        try disk.reopen()
    }

    /// One byte of each field of the header, of the first record and of the last.
    static let places = [0, 1, 2, 4, 8, 12, 16, 24, 32, 60, 180]

    @Test(arguments: places)
    func `a flipped bit is found, wherever it is, and the rest is read`(_ byte: Int) throws {
        try flip(byte: byte, ofPackAt: 8)
        guard case .segment(let before) = try read(from: 1) else {
            Issue.record("what lies before was not read")
            return
        }
        #expect(before.messages() == Array(log.written[..<7]))
        #expect(try damage(from: 8) == 8..<11)
        #expect(try disk.store.messages(topic: 5, from: 11) == log.written(from: 11))
        #expect(try disk.store.messages(topic: 6).count == 1)
    }

    @Test(arguments: places)
    func `a read that begins within a damaged pack says so`(_ byte: Int) throws {
        try flip(byte: byte, ofPackAt: 8)
        #expect(try damage(from: 9) == 9..<11)
        #expect(try damage(from: 10) == 10..<11)
    }

    @Test(arguments: places)
    func `the damage of a first pack ends where the next one begins`(_ byte: Int) throws {
        try flip(byte: byte, ofPackAt: 1)
        #expect(try damage(from: 0) == 1..<4)
        #expect(try damage(from: 1) == 1..<4)
        #expect(try disk.store.messages(topic: 5, from: 4) == log.written(from: 4))
    }

    @Test(arguments: [4, 8, 16, 24, 32, 180])
    func `the damage of a last pack ends with it`(_ byte: Int) throws {
        try flip(byte: byte, ofPackAt: 14)
        #expect(try damage(from: 14) == 14..<17)
        #expect(try damage(from: 15) == 15..<17)
        #expect(try damage(from: 17) == nil)
    }

    @Test func `a segment that ends before a damaged pack does not count it`() throws {
        try flip(byte: 32, ofPackAt: 11)
        guard case .segment(let segment) = try read(from: 8) else {
            Issue.record("what lies before was not read")
            return
        }
        #expect(segment.end == 11)
        #expect(segment.total == segment.packs.last?.header.total)
    }

    @Test(arguments: [UInt32?.none, 1, 2, 3, 4])
    func `a large message is damaged by a flipped bit in any piece`(_ piece: UInt32?) throws {
        try flip(byte: 100, ofPackAt: 7, piece: piece)
        #expect(try damage(from: 7) == 7..<8)
        #expect(try disk.store.messages(topic: 5, from: 8) == log.written(from: 8))
    }

    @Test(arguments: [1, 2, 4] as [UInt32])
    func `a large message is damaged when a piece is missing`(_ piece: UInt32) throws {
        try disk.tamper { try $0.remove(logKey(5, 7, piece: piece), in: "log") }
        try disk.reopen()
        #expect(try damage(from: 7) == 7..<8)
        #expect(try disk.store.messages(topic: 5, from: 8) == log.written(from: 8))
    }

    @Test func `a pack under another key is damage`() throws {
        try disk.tamper { transaction in
            let table = try transaction.table(named: "log")
            let moved = try logKey(5, 8).withUnsafeBytes { Array(try #require(try transaction.get($0, in: table))) }
            try transaction.change(logKey(5, 11), in: "log") { $0 = moved }
            try transaction.change(logKey(6, 1), in: "log") { $0 = moved }
        }
        try disk.reopen()
        #expect(try damage(from: 11) == 11..<14)
        guard case .damaged = try disk.store.read(topic: 6, from: 1, bytes: 100) else {
            Issue.record("a pack of another topic was taken for one of this")
            return
        }
    }

    @Test func `an empty value and one that is cut off are damage`() throws {
        for count in [0, 10, 32, 100] {
            try disk.tamper { try $0.change(logKey(5, 8), in: "log") { $0 = Array($0.prefix(count)) } }
            try disk.reopen()
            #expect(try damage(from: 8) == 8..<11)
        }
    }

    @Test func `two damaged packs in a row are told one by one`() throws {
        try flip(byte: 40, ofPackAt: 8)
        try flip(byte: 40, ofPackAt: 11)
        #expect(try damage(from: 8) == 8..<11)
        #expect(try damage(from: 11) == 11..<14)
        #expect(try disk.store.messages(topic: 5, from: 14) == log.written(from: 14))
    }
}
