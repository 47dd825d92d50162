// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Goes through the records of a segment that follow one another, from its beginning on.
struct JournalWalk {
    private let bytes: UnsafeRawBufferPointer
    private let use: JournalUse
    /// Where the next record would begin.
    private(set) var place = JournalHeader.space
    /// Where the last record begins; 0 before the first.
    private(set) var lastPlace = 0
    /// The sum of the last record.
    private(set) var sum: UInt32

    /// The bytes have to live as long as the walk.
    init(_ bytes: UnsafeRawBufferPointer, _ header: JournalHeader) {
        self.bytes = bytes
        (use, sum) = (header.use, header.previous)
    }

    /// The next record; nil behind the last one that is whole.
    mutating func next() -> JournalRecord? {
        guard let record = JournalRecord(bytes, at: place, use), record.previous == sum, !record.isEnd else {
            return nil
        }
        lastPlace = place
        place += JournalRecord.space(record.size)
        sum = record.sum
        return record
    }

    /// Behind the last record: the batch that stands first in the next segment; nil when the segment has no end mark.
    var follower: UInt64? {
        guard let record = JournalRecord(bytes, at: place, use), record.previous == sum, record.isEnd else {
            return nil
        }
        return record.index
    }
}
