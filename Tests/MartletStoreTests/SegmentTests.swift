// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

struct SegmentTests {
    @Test(arguments: [Pack.shared, 1_280, Pack.largest])
    func `packs close at their limit and never exceed it`(_ limit: Int) {
        var numbers = SeededRandom(seed: 1)
        var log = TestLog(7)
        let bodies = (0..<3_000).map { body(Int.random(in: 0...200, using: &numbers), seed: $0) }
        let segment = log.segment(bodies, packLimit: limit)
        let packs = segment.packs
        for (number, pack) in packs.enumerated() {
            #expect(Pack.headerSize + pack.header.payload <= limit)
            #expect(!pack.header.large)
            // The next message would not have fitted any more, or the pack is the last one.
            guard number + 1 < packs.count else { continue }
            let following = encode([bodies[Int(packs[number + 1].base) - 1]]).count
            #expect(Pack.headerSize + pack.header.payload + following > limit)
        }
        #expect(packs.map(\.header.count).reduce(0, +) == 3_000)
        #expect(segment.messages() == log.written)
    }

    @Test(arguments: [Pack.shared, Pack.largest])
    func `a message that fills a pack exactly is one, and one byte more is large`(_ limit: Int) {
        // Two bytes of size and one of flags stand before the body.
        let exact = limit - Pack.headerSize - 3
        var log = TestLog(7)
        let segment = log.segment([body(exact), body(exact + 1), body(exact)], packLimit: limit)
        #expect(segment.packs.map(\.header.large) == [false, true, false])
        #expect(segment.packs.map { Pack.headerSize + $0.header.payload } == [limit, limit + 1, limit])
        #expect(segment.messages() == log.written)
    }

    @Test func `two messages that fill a pack exactly share it, and with one byte more they do not`() {
        let room = Pack.largest - Pack.headerSize
        var log = TestLog(7)
        let exact = log.segment([body(997), body(room - 1_000 - 3)])
        #expect(exact.packs.map(\.header.count) == [2])
        #expect(Pack.headerSize + exact.packs[0].header.payload == Pack.largest)
        let over = log.segment([body(997), body(room - 1_000 - 2)])
        #expect(over.packs.map(\.header.count) == [1, 1])
        #expect(over.packs.map(\.header.large) == [false, false])
    }

    @Test func `a large message closes the pack before it and stands alone`() {
        var log = TestLog(7)
        let segment = log.segment([body(5), body(5), body(100_000), body(5), body(3_000), body(4_000)])
        #expect(segment.packs.map(\.header.count) == [2, 1, 1, 1, 1])
        #expect(segment.packs.map(\.header.large) == [false, true, false, true, true])
        #expect(segment.packs.map(\.base) == [1, 3, 4, 5, 6])
        #expect(segment.messages() == log.written)
    }

    @Test func `a pack holds 65,535 messages at most`() {
        var log = TestLog(7)
        let segment = log.segment([[UInt8]](repeating: [], count: 65_536), packLimit: 1 << 20)
        #expect(segment.packs.map(\.header.count) == [65_535, 1])
        #expect(segment.count == 65_536)
    }

    @Test func `records may come in several runs`() {
        let bodies = (0..<100).map { body($0, seed: $0) }
        var log = TestLog(7)
        let whole = log.segment(bodies)
        for run in [1, 7, 99] {
            let parts = Segment(topic: 7, base: 1, total: 0, packLimit: Pack.largest)
            for start in stride(from: 0, to: 100, by: run) {
                encode(Array(bodies[start..<min(start + run, 100)])).withUnsafeBytes {
                    parts.append(messages: $0, time: 1)
                }
            }
            parts.close()
            #expect(parts.bytes.elementsEqual(whole.bytes))
        }
    }

    @Test func `the total counts the records from the topic's beginning`() {
        var log = TestLog(7)
        _ = log.segment([body(10), body(20)])
        let segment = log.segment([body(30), body(5_000), body(2)])
        let before = UInt64(encode([body(10), body(20)]).count)
        #expect(segment.packs.map(\.header.total) == [before + 32, before + 32 + 5_003, before + 32 + 5_003 + 4])
        #expect(segment.total == before + UInt64(encode([body(30), body(5_000), body(2)]).count))
    }

    @Test func `every pack is intact under its topic and offset`() {
        var log = TestLog(7)
        _ = log.segment([body(1)])
        let segment = log.segment((0..<500).map { body($0 * 13) })
        var at = 0
        for (base, header) in segment.packs {
            let end = at + Pack.headerSize + header.payload
            let pack = UnsafeRawBufferPointer(rebasing: segment.bytes[at..<end])
            #expect(Pack.isIntact(pack, topic: 7, base: base))
            at = end
        }
        #expect(at == segment.bytes.count)
    }

    @Test func `a segment without messages has no packs`() {
        let segment = Segment(topic: 7, base: 4, total: 9, packLimit: Pack.largest)
        segment.close()
        #expect(segment.isClosed)
        #expect(segment.bytes.isEmpty)
        #expect(segment.end == 4)
        #expect(segment.total == 9)
    }
}
