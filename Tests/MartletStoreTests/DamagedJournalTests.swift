// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletStore

/// Behind any damage of the journal all that was confirmed is there, or the start is refused in words that name the
/// journal; but for the last record of all: damage there looks like a write that was cut short, and is told as such.
///
/// A newest segment whose last records are gone together, but not its first, cannot be told from one that ends earlier.
struct DamagedJournalTests {
    /// One byte of each field of a header, and one of what is left free.
    private static let header = [0, 8, 16, 24, 32, 40, 50, 60, 700]
    /// One byte of each field of a record, the beginning of its batch, its middle, and its end.
    private static func places(_ record: DamagedJournal.Place) -> [Int] {
        [0, 3, 4, 8, 15, 16, 24, 32, record.size / 2, record.size - 1].map { record.offset + $0 }
    }

    private let journal: DamagedJournal

    init() throws {
        journal = try DamagedJournal()
    }

    @Test func `what a kill leaves is whole, in two segments`() throws {
        #expect(Set(journal.records.map(\.segment)) == [0, 1])
        #expect(try journal.start() == .whole)
    }

    @Test(arguments: [0, 1])
    func `a flipped bit in a header is harmless or refused`(segment: Int) throws {
        for place in Self.header {
            var damaged = journal
            damaged.flip(place, of: segment)
            let outcome = try damaged.start()
            // The newest one is written once more: its first record says what it was.
            #expect(outcome == (place < JournalHeader.size && segment == 0 ? .refused : .whole), "byte \(place)")
        }
    }

    @Test func `a flipped bit in a record that the tree lacks is refused`() throws {
        let first = try #require(journal.records.firstIndex { $0.segment == 1 })
        for number in [10, 30, first - 1, first, journal.records.count - 2] {
            for place in Self.places(journal.records[number]) {
                var damaged = journal
                damaged.flip(place, of: journal.records[number].segment)
                #expect(try damaged.start() == .refused, "byte \(place) of record \(number)")
            }
        }
    }

    @Test func `a flipped bit in a record that the tree has loses nothing`() throws {
        for number in [0, 5, 9] {
            for place in Self.places(journal.records[number]) {
                var damaged = journal
                damaged.flip(place, of: 0)
                let outcome = try damaged.start()
                #expect(outcome == .refused || outcome == .whole, "byte \(place) of record \(number): \(outcome)")
            }
        }
    }

    @Test(arguments: [1, 128] as [UInt8])
    func `a last record that is damaged is cut, and that is told`(bit: UInt8) throws {
        let last = try #require(journal.records.last)
        for place in Self.places(last) {
            var damaged = journal
            damaged.flip(place, of: last.segment, bit: bit)
            #expect(try damaged.start() == .cut, "byte \(place - last.offset) of the record")
        }
    }

    @Test func `a flipped bit in an end mark is nothing`() throws {
        #expect(journal.endMark.offset > 0)
        for place in [0, 4, 8, 16] {
            var damaged = journal
            damaged.flip(journal.endMark.offset + place, of: 0)
            #expect(try damaged.start() == .whole, "byte \(place)")
        }
    }

    @Test func `a newest segment that is missing, cut off within its first record, or of zeros is refused`() throws {
        let whole = try #require(journal.files["journal.1"])
        let rests: [[UInt8]?] = [
            nil, [], Array(whole.prefix(1)), Array(whole.prefix(4_096)), Array(whole.prefix(8_192)),
            [UInt8](repeating: 0, count: whole.count),
        ]
        for (number, rest) in rests.enumerated() {
            var damaged = journal
            damaged.change(1) { $0 = rest }
            #expect(try damaged.start() == .refused, "rest \(number)")
        }
    }

    @Test func `a bit behind a record is nothing`() throws {
        for record in journal.records.suffix(2) {
            var damaged = journal
            damaged.flip(record.offset + record.size, of: record.segment)
            #expect(try damaged.start() == .whole)
        }
    }

    @Test func `an older segment that is missing, cut off, or of zeros is refused`() throws {
        let whole = try #require(journal.files["journal.0"])
        let middle = journal.records[30].offset
        let rests: [[UInt8]?] = [
            nil, [], Array(whole.prefix(1)), Array(whole.prefix(4_096)), Array(whole.prefix(5_000)),
            Array(whole.prefix(middle)), Array(whole.prefix(middle + 4_096)),
            Array(whole.prefix(journal.records[31].offset - 1)), [UInt8](repeating: 0, count: whole.count),
        ]
        for (number, rest) in rests.enumerated() {
            var damaged = journal
            damaged.change(0) { $0 = rest }
            #expect(try damaged.start() == .refused, "rest \(number)")
        }
    }

    @Test func `a newest segment that is cut off within its last record is cut there`() throws {
        let last = try #require(journal.records.last)
        for end in [last.offset + 4_096, last.offset + 8_192] {
            var damaged = journal
            damaged.change(1) { $0 = $0.map { Array($0.prefix(end)) } }
            #expect(try damaged.start() == .cut)
        }
    }

    @Test func `segments under each other's names are the same journal`() throws {
        var damaged = journal
        damaged.change(1) { $0 = journal.files["journal.0"] }
        damaged.change(0) { $0 = journal.files["journal.1"] }
        #expect(try damaged.start() == .whole)
    }

    @Test func `an older segment in the newest one's place, or twice, is refused`() throws {
        var twice = journal
        twice.change(2) { $0 = journal.files["journal.0"] }
        #expect(try twice.start() == .refused)
        twice.change(2) { $0 = journal.files["journal.1"] }
        #expect(try twice.start() == .refused)
    }

    @Test(arguments: [0, 1, 2])
    func `a segment of another journal is refused`(segment: Int) throws {
        let other = try DamagedJournal()
        var damaged = journal
        damaged.change(segment) { $0 = other.files["journal.\(min(segment, 1))"] }
        #expect(try damaged.start() == .refused)
    }

    @Test func `a journal without a data file, and a data file without a journal, are refused`() throws {
        var damaged = journal
        for segment in 0..<2 { damaged.change(segment) { $0 = nil } }
        #expect(try damaged.start() == .refused)
        #expect(try journal.withoutData().start() == .refused)
    }
}
