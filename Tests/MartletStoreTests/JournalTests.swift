// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletStore

/// What is in the journal comes back, in order and whole.
struct JournalTests {
    private let log: TestJournal

    init() throws { log = try TestJournal() }

    @Test func `batches of any size come back after a start`() throws {
        for bytes in [0, 1, 3_900, 4_000, 4_096, 60_000, 300_000] { #expect(log.append(bytes: bytes)) }
        #expect(try log.batches(from: 1) == log.written)
        #expect(try !log.reopen())
        #expect(log.journal.next == 8)
        #expect(try log.batches(from: 1) == log.written)
        #expect(try log.batches(from: 6) == Array(log.written[5...]))
        #expect(try log.batches(from: 8) == [])
        #expect(log.append())
        try log.reopen(applied: 3)
        #expect(try log.batches(from: 4) == Array(log.written[3...]))
    }

    @Test(arguments: [1, 3] as [UInt64])
    func `a batch with another index than the next one is a conflict`(index: UInt64) throws {
        log.append()
        guard case .conflict(next: 2) = log.journal.append(log.batch(index)) else {
            Issue.record("there was no conflict")
            return
        }
        try log.reopen()
        #expect(try log.batches(from: 1) == log.written)
    }

    @Test func `the largest batch fills a segment, and one that is a byte larger has no room`() throws {
        let empty = log.batch(1, bytes: 0).bytes.count
        let largest =
            JournalSegment.limit - JournalHeader.space - JournalRecord.headerSize - empty - JournalRecord.endSpace
        #expect(log.append(bytes: largest))
        guard case .noRoom = log.journal.append(log.batch(2, bytes: largest + 1)) else {
            Issue.record("it had room")
            return
        }
        #expect(log.append(bytes: 10))
        try log.reopen()
        #expect(try log.batches(from: 1) == log.written)
    }

    @Test func `segments are used again once the tree has their batches, and there are no more of them`() throws {
        var first: UInt64 = 1
        for round in 1...40 {
            for _ in 1...5 { try #require(log.append(bytes: 500_000)) }
            if round % 3 == 0 {
                first = log.journal.next - 4
                log.journal.trim(below: first)
            }
            if round % 5 == 0 { try log.reopen(applied: first - 1) }
            #expect(try log.batches(from: first) == Array(log.written[Int(first - 1)...]))
        }
        #expect(log.files == (0..<4).map { "journal.\($0)" })
    }

    @Test func `a full journal has no room until batches are forgotten`() throws {
        while log.append(bytes: 1_000_000) {}
        #expect(log.files == (0..<Journal.segments).map { "journal.\($0)" })
        #expect(log.written.count == 4 * Journal.segments)
        #expect(!log.append(bytes: 1_000_000))
        // A small one still fits behind the last.
        #expect(log.append(bytes: 100_000))
        try log.reopen()
        #expect(try log.batches(from: 1) == log.written)
        log.journal.trim(below: 4)
        #expect(!log.append(bytes: 1_000_000))
        log.journal.trim(below: 5)
        #expect(log.append(bytes: 1_000_000))
        try log.reopen(applied: 4)
        #expect(try log.batches(from: 5) == Array(log.written[4...]))
    }

    @Test func `it goes on behind batches that the tree alone has`() throws {
        log.append()
        log.journal.trim(below: 50)
        #expect(log.journal.next == 50)
        let batch = log.batch(50)
        guard case .committed = log.journal.append(batch) else {
            Issue.record("it was not taken")
            return
        }
        try log.reopen(applied: 49)
        #expect(try log.batches(from: 50) == [batch.bytes])
        // Without the batches in between it is no use.
        let error = try #require(throws: StoreError.self) { try log.reopen(applied: 48) }
        #expect(error.code == .damaged)
    }

    @Test func `what an earlier use of a segment left behind the end is not taken for a batch`() throws {
        for _ in 1...8 { log.append(bytes: 1_000_000) }
        log.journal.trim(below: 9)
        for _ in 1...2 { log.append(bytes: 1_000_000) }
        // Four of them fill a segment: the last two of an earlier use stand behind these two.
        #expect(log.files == ["journal.0", "journal.1"])
        #expect(try !log.reopen(applied: 8))
        #expect(log.journal.next == 11)
        #expect(try log.batches(from: 9) == Array(log.written[8...]))
    }

    @Test func `room is taken ahead a little at a time, and kept`() throws {
        log.append()
        #expect(log.journal.isPrepared)
        log.append(bytes: 70_000)
        var turns = 0
        while !log.journal.isPrepared, turns < 100 {
            try log.journal.prepare()
            turns += 1
        }
        #expect(turns > 12)
        #expect(log.files == (0..<3).map { "journal.\($0)" })
        for number in 0..<3 { #expect(try Data(contentsOf: log.url(number)).count == JournalSegment.limit) }
        for _ in 1...14 { #expect(log.append(bytes: 800_000)) }
        #expect(log.files.count == 3)
        try log.reopen()
        #expect(log.journal.isPrepared)
        #expect(try log.batches(from: 1) == log.written)
    }

    @Test func `a write that the file system does not take past its cache goes through it`() throws {
        // What is not whole blocks is refused past the cache.
        let segment = try JournalSegment(path: log.folder + "/odd")
        try [UInt8](1...5).withBytes { bytes throws(StoreError) in try segment.write(bytes, at: 3) }
        try segment.flush()
        #expect(try Array(Data(contentsOf: URL(filePath: segment.path))) == [0, 0, 0, 1, 2, 3, 4, 5])
    }

    @Test func `a segment that cannot be made is none, and the journal goes on when there is room again`() throws {
        // Where the second segment would be there is a folder.
        try FileManager.default.createDirectory(at: log.url(1), withIntermediateDirectories: false)
        while log.append(bytes: 1_000_000) {}
        #expect(log.written.count == 4)
        try log.journal.prepare()
        #expect(log.journal.isPrepared)
        try FileManager.default.removeItem(at: log.url(1))
        #expect(log.append(bytes: 1_000_000))
        try log.reopen()
        #expect(try log.batches(from: 1) == log.written)
    }
}
