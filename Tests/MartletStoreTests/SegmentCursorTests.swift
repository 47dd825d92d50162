// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

struct SegmentCursorTests {
    private let segment: Segment
    private let written: [Read]

    init() {
        var numbers = SeededRandom(seed: 2)
        var log = TestLog(3)
        // Offsets do not begin at 1, and some packs are large.
        _ = log.segment([[UInt8]](repeating: [], count: 41))
        let bodies = (0..<400).map { body($0 % 50 == 7 ? 9_000 : Int.random(in: 0...120, using: &numbers), seed: $0) }
        segment = log.segment(bodies, time: 5, packLimit: Pack.shared)
        written = log.written(from: 42)
    }

    @Test func `next gives every message once, and then nothing`() {
        var cursor = SegmentCursor(segment)
        #expect(cursor.offset == 42)
        for message in written {
            let found = cursor.next()
            #expect(found?.offset == message.offset)
            #expect(found?.time == 5)
            #expect(cursor.offset == message.offset + 1)
        }
        #expect(cursor.next() == nil)
        #expect(cursor.next() == nil)
        #expect(cursor.offset == segment.end)
        #expect(segment.messages() == written)
    }

    @Test func `skip reaches every offset from every distance`() {
        for target in 42..<segment.end {
            #expect(segment.messages(from: target).first == written[Int(target) - 42])
        }
        for step in [1, 2, 3, 10, 57, 399] {
            var cursor = SegmentCursor(segment)
            for target in stride(from: 42, to: segment.end, by: step) {
                cursor.skip(to: target)
                #expect(cursor.offset == target)
                #expect(cursor.next()?.offset == target)
            }
        }
    }

    @Test func `skip expiresAt forward only`() {
        var cursor = SegmentCursor(segment)
        cursor.skip(to: 100)
        cursor.skip(to: 50)
        cursor.skip(to: 0)
        #expect(cursor.next()?.offset == 100)
    }

    @Test func `skip past the end stops there`() {
        var cursor = SegmentCursor(segment)
        cursor.skip(to: segment.end)
        #expect(cursor.offset == segment.end)
        cursor.skip(to: segment.end + 1_000)
        #expect(cursor.offset == segment.end)
        #expect(cursor.next() == nil)
    }

    @Test func `a record tells where its bytes are`() throws {
        var cursor = SegmentCursor(segment)
        cursor.skip(to: 49)
        let next = cursor.next()
        let message = try #require(next)
        let record = UnsafeRawBufferPointer(rebasing: segment.bytes[message.start..<(message.start + message.size)])
        #expect(StoredMessage.size(at: record) == message.size)
        #expect(StoredMessage.fields(of: record).map { Array($0.body) } == written[7].body)
        #expect(written[7].body.count == 9_000)
    }
}
