// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletStore

/// A write that was cut short was never confirmed; anything else that is not whole is damage.
struct JournalDamageTests {
    private let log: TestJournal
    private static let block = BlockBuffer.block

    init() throws {
        log = try TestJournal()
        for _ in 1...4 { log.append(bytes: 6_000) }
    }

    /// Where a batch stands in its segment.
    private func place(_ batch: Int) -> Int { Self.block * (2 * batch - 1) }

    private func fails(applied: UInt64 = 0, _ code: StoreError.Code, _ words: String) throws {
        let error = try #require(throws: StoreError.self) { try log.reopen(applied: applied) }
        #expect(error.code == code, "\(error)")
        #expect(error.description.contains(words), "\(error)")
    }

    @Test(arguments: Array(stride(from: 0, to: 6_000, by: 512)))
    func `a write of which some sectors arrived is cut off, and the journal goes on there`(_ arrived: Int) throws {
        try log.tamper { bytes in
            for index in (place(4) + arrived)..<(place(4) + 2 * Self.block) { bytes[index] = 0 }
        }
        // Where nothing arrived there is nothing to tell.
        #expect(try log.reopen() == (arrived > 0))
        #expect(log.journal.next == 4)
        #expect(try log.batches(from: 1) == Array(log.written[..<3]))
        for _ in 1...3 { #expect(log.append(bytes: 50)) }
        #expect(try !log.reopen())
        #expect(try log.batches(from: 1) == Array(log.written[..<3] + log.written[4...]))
    }

    @Test(arguments: 1...3, [0, 3, 4, 8, 16, 24, 30, 2_000, 6_050])
    func `a record that is damaged before others is told`(batch: Int, offset: Int) throws {
        try log.tamper { $0[place(batch) + offset] ^= 4 }
        try fails(.damaged, "the journal is damaged: batches \(batch) to")
        // What the tree has is of no concern.
        try log.reopen(applied: 4)
        #expect(log.journal.next == 5)
    }

    @Test func `a journal goes on where the tree is, whatever became of what it has`() throws {
        try log.tamper { $0[place(2) + 40] ^= 4 }
        try fails(applied: 2, .damaged, "the journal is damaged: batches 3 to 3")
    }

    @Test func `a last record that is damaged is cut off, as if it had never been written`() throws {
        try log.tamper { $0[place(4) + 100] ^= 4 }
        #expect(try log.reopen())
        #expect(try log.batches(from: 1) == Array(log.written[..<3]))
    }

    @Test func `a segment whose beginning is damaged is told, whether others are there or not`() throws {
        try log.tamper { $0[20] ^= 1 }
        try fails(.damaged, "none of its segments can be read")
        try log.tamper { $0[20] ^= 1 }
        while log.files.count < 2 { log.append(bytes: 500_000) }
        log.append()
        let batches = try log.batches(from: 1)
        try log.tamper { $0[20] ^= 1 }
        try fails(.damaged, "the journal is damaged: batches 1 to")
        try log.tamper { $0[20] ^= 1 }
        try log.reopen()
        #expect(try log.batches(from: 1) == batches)
    }

    @Test func `a newest segment whose header did not arrive goes on, and gets one`() throws {
        while log.files.count < 2 { log.append(bytes: 500_000) }
        log.append()
        for damaged in [{ $0[30] ^= 1 }, { $0.replaceSubrange(..<4_096, with: repeatElement(0, count: 4_096)) }]
            as [(inout [UInt8]) -> Void]
        {
            try log.tamper(1, damaged)
            try log.reopen()
            #expect(try log.batches(from: 1) == log.written)
            // The header is there once more.
            try log.reopen()
            #expect(log.append())
            try log.reopen()
            #expect(try log.batches(from: 1) == log.written)
        }
        try log.tamper(1) { bytes in bytes.replaceSubrange(..<8_192, with: repeatElement(7, count: 8_192)) }
        try fails(.damaged, "the journal is damaged: batches ")
    }

    /// Fills the first segment and puts a batch into the second; gives its index.
    private func begin(bytes: Int = 500_000) -> UInt64 {
        while log.files.count < 2 { log.append(bytes: bytes) }
        return log.journal.next - 1
    }

    /// Where the end mark of the first segment is.
    private func endMark(_ bytes: [UInt8]) throws -> Int {
        try bytes.withUnsafeBytes { bytes in
            guard case .header(let header) = JournalHeader.look(bytes) else { throw CocoaError(.fileReadCorruptFile) }
            var walk = JournalWalk(bytes, header)
            while walk.next() != nil {}
            #expect(walk.follower != nil)
            return walk.place
        }
    }

    private func removeEndMark() throws {
        try log.tamper { bytes in
            guard let place = try? endMark(bytes) else { return }
            bytes.replaceSubrange(place..<(place + 32), with: repeatElement(0, count: 32))
        }
    }

    @Test func `a newest segment that is missing is told, also when the tree has all of the one before`() throws {
        let first = begin()
        let segment = try Data(contentsOf: log.url(1))
        let losses: [() throws -> Void] = [
            { try FileManager.default.removeItem(at: log.url(1)) },
            { try Data().write(to: log.url(1)) },
            { try Data(count: 70_000).write(to: log.url(1)) },
            { try segment.prefix(4_096).write(to: log.url(1)) },
        ]
        for loss in losses {
            try loss()
            try fails(.damaged, "the journal is damaged: batches from \(first) on")
            try fails(applied: first - 1, .damaged, "the journal is damaged: batches from \(first) on")
        }
        try FileManager.default.removeItem(at: log.url(1))
        try fails(applied: first + 5, .damaged, "the journal is damaged: batches from \(first + 6) on")
        try segment.write(to: log.url(1))
        #expect(try !log.reopen())
        #expect(try log.batches(from: 1) == log.written)
    }

    @Test func `a first batch of the newest segment that is damaged is told`() throws {
        let first = begin()
        try log.tamper(1) { $0[5_000] ^= 1 }
        try fails(.damaged, "the journal is damaged: batches from \(first) on")
        try log.reopen(applied: first)
    }

    @Test func `an end mark that was not written yet is written at the start`() throws {
        let first = begin()
        for applied in [0, first - 1, first] {
            try removeEndMark()
            try log.reopen(applied: applied)
            #expect(log.journal.next == first + 1)
            let segment = try Data(contentsOf: log.url(1))
            try FileManager.default.removeItem(at: log.url(1))
            try fails(.damaged, "the journal is damaged: batches from")
            try segment.write(to: log.url(1))
        }
        try log.reopen()
        #expect(try log.batches(from: 1) == log.written)
    }

    @Test(arguments: [false, true])
    func `a newest segment that has only its header gets its first batch, and the one before its end mark`(
        _ isIdle: Bool
    ) throws {
        let first = begin()
        try removeEndMark()
        try log.tamper(1) { bytes in
            bytes.replaceSubrange(4_096..., with: repeatElement(0, count: bytes.count - 4_096))
        }
        try log.reopen(applied: isIdle ? first - 1 : 0)
        #expect(log.journal.next == first)
        #expect(log.append())
        try log.reopen(applied: isIdle ? first - 1 : 0)
        #expect(log.journal.next == first + 1)
        try FileManager.default.removeItem(at: log.url(1))
        try fails(applied: first - 1, .damaged, "the journal is damaged: batches from \(first) on")
    }

    @Test func `a segment that is used again has no end mark of before`() throws {
        for _ in 1...3 {
            for _ in 1...9 { log.append(bytes: 500_000) }
            log.journal.trim(below: log.journal.next)
        }
        #expect(log.files.count == 2)
        let next = log.journal.next
        try log.reopen(applied: next - 1)
        log.append()
        try log.reopen(applied: next - 1)
        #expect(log.journal.next == next + 1)
    }

    @Test func `a segment that is missing in the middle is told`() throws {
        while log.files.count < 3 { log.append(bytes: 500_000) }
        try FileManager.default.removeItem(at: log.url(1))
        try fails(.damaged, "the journal is damaged")
    }

    @Test func `a segment of which nothing was written yet is used as a new one`() throws {
        // As a power failure leaves one that was being made.
        for bytes in [Data(), Data(count: 5_000), Data(repeating: 7, count: 70_000)] {
            let log = try TestJournal()
            log.append()
            try bytes.write(to: log.url(1))
            try log.reopen()
            while log.journal.next < 20 { log.append(bytes: 500_000) }
            try log.reopen(applied: 10)
            #expect(try log.batches(from: 11) == Array(log.written[10...]))
        }
    }

    @Test func `the journal of another data file is refused`() throws {
        let other = try #require(throws: StoreError.self) {
            try JournalFiles(folder: log.folder, identity: 99, applied: 0)
        }
        #expect(other.code == .folder)
        #expect(other.description.contains("belongs to another data file"))
    }

    @Test func `a journal that is not there is refused`() throws {
        try FileManager.default.removeItem(at: log.url(0))
        try fails(.folder, "has lost its journal ('journal.0')")
    }

    @Test func `the journal of a newer martlet is refused with both versions`() throws {
        try log.tamper { bytes in
            bytes[8] = 2
            var writer = RowWriter()
            writer.raw(bytes[..<60])
            writer.checksum(from: 0)
            bytes.replaceSubrange(..<64, with: writer.bytes)
        }
        try fails(.schema, "has version 2, and this martlet knows 1")
    }
}
