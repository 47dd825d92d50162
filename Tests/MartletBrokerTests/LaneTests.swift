// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

/// A lane alone: a log in memory, rows in a dictionary, no broker.
struct LaneTests {
    /// Messages 1 to `count`, some of which are gone, and rows about messages that came back.
    private final class Log: LaneSource {
        let segment: Segment
        var rows: [UInt64: Deferred] = [:]
        var gone: Range<UInt64> = 0..<0
        private(set) var reads = 0

        init(_ count: Int) {
            segment = Segment(topic: 1, base: 1, total: 0, packLimit: Pack.largest)
            var slab = ByteSlab(capacity: 16)
            for _ in 0..<count { StoredMessage.append(MessageFields(), to: &slab) }
            segment.append(messages: slab.bytes, time: 5)
            segment.close()
        }

        func locate(_ offset: UInt64, _ cursor: inout SegmentCursor?) -> Located {
            reads += 1
            if gone.contains(offset) { return .gap(until: gone.upperBound) }
            guard offset < segment.end else { return .end }
            if cursor == nil || offset < cursor?.offset ?? 0 { cursor = SegmentCursor(segment) }
            cursor?.skip(to: offset)
            return cursor?.next().map { .message(segment, $0) } ?? .end
        }

        func locate(alone offset: UInt64, _ cursor: inout SegmentCursor?) -> Located { locate(offset, &cursor) }

        func deferredOffsets(in range: Range<UInt64>) -> [UInt64] { rows.keys.filter(range.contains).sorted() }

        func due(after last: Due, limit: Int) -> [Due] {
            let all = rows.values.map { Due(time: $0.due, offset: $0.offset) }
            return Array(all.filter { $0 > last }.sorted().prefix(limit))
        }

        func deferred(_ offset: UInt64) -> Deferred? { rows[offset] }

        func deferredRows(after offset: UInt64, limit: Int) -> [Deferred] {
            Array(rows.values.filter { $0.offset > offset }.sorted { $0.offset < $1.offset }.prefix(limit))
        }

        func copy(of offset: UInt64) -> Segment? { nil }
        func key(of message: MessageFields) -> UInt64? { nil }
    }

    private func lane(floor: UInt64 = 0, deferred: UInt64 = 0, end: UInt64 = 100) -> Lane {
        var row = StoredSubscription(id: 1, topic: 1, name: "s", settings: SubscriptionSettings(), floor: floor)
        row.deferredRows = deferred
        return Lane(StoredState.Subscription(row: row, chunks: []), end: end)
    }

    private func row(_ offset: UInt64, due: UInt64, failures: UInt64 = 1) -> Deferred {
        Deferred(
            offset: offset, failures: failures, deliveries: failures, due: due, firstDelivered: 1, note: "",
            attempts: [])
    }

    /// The offsets that come next, up to some; those that are gone as negative numbers, those
    /// that cannot be read as such below -1,000.
    private func take(_ lane: Lane, _ log: Log, below end: UInt64 = 100, at wall: UInt64 = 10, most: Int = 99) throws
        -> [Int]
    {
        var offsets: [Int] = []
        var budget = 1_000
        while offsets.count < most {
            switch try lane.next(below: end, at: wall, from: log, budget: &budget) {
            case .message(_, let message, _): offsets.append(Int(message.offset))
            case .damaged(let range): offsets += range.map { -1_000 - Int($0) }
            case .gone(let returned): offsets.append(-Int(returned.offset))
            case .expired, .more, .none: return offsets
            }
        }
        return offsets
    }

    private func returned(_ offset: UInt64) -> Returned {
        Returned(offset: offset, deliveries: 1, failures: 0, firstDelivered: 1, hasRow: false)
    }

    @Test func `messages come in the order of their offsets, and none twice`() throws {
        let (lane, log) = (lane(), Log(5))
        #expect(try take(lane, log, below: 4) == [1, 2, 3])
        #expect(try take(lane, log) == [4, 5])
        #expect(try take(lane, log) == [])
    }

    @Test func `what came back comes first, the lowest offset before the others`() throws {
        let (lane, log) = (lane(), Log(5))
        #expect(try take(lane, log, most: 3) == [1, 2, 3])
        lane.give(back: returned(3))
        lane.give(back: returned(1))
        #expect(try take(lane, log) == [1, 3, 4, 5])
    }

    @Test func `what is settled, ahead or returned, is passed over`() throws {
        let (lane, log) = (lane(), Log(6))
        lane.settle(2)
        #expect(try take(lane, log, most: 2) == [1, 3])
        lane.give(back: returned(1))
        lane.settle(1)
        lane.settle(5)
        #expect(try take(lane, log) == [-1, 4, 6])
    }

    @Test func `messages that cannot be read are told once and passed over`() throws {
        let (lane, log) = (lane(), Log(6))
        log.gone = 2..<5
        #expect(try take(lane, log) == [1, -1_002, -1_003, -1_004, 5, 6])
    }

    @Test func `what waits on disk comes when it is due, not a millisecond earlier`() throws {
        let (lane, log) = (lane(), Log(3))
        #expect(try take(lane, log) == [1, 2, 3])
        log.rows[2] = row(2, due: lane.postpone(until: Due(time: 20, offset: 2)))
        #expect(lane.deferredCount == 1)
        #expect(lane.nextDue == 20)
        // The store does not show it before the commit.
        #expect(try take(lane, log, at: 30) == [])
        lane.rowsAreReadable()
        #expect(try take(lane, log, at: 19) == [])
        #expect(try take(lane, log, at: 20) == [2])
        #expect(lane.deferredCount == 0)
        #expect(lane.nextDue == nil)
    }

    @Test func `a row that would lie before what was read past is moved behind it`() throws {
        let (lane, log) = (lane(), Log(3))
        #expect(try take(lane, log) == [1, 2, 3])
        log.rows[3] = row(3, due: lane.postpone(until: Due(time: 50, offset: 3)))
        lane.rowsAreReadable()
        #expect(try take(lane, log, at: 60) == [3])
        #expect(lane.postpone(until: Due(time: 50, offset: 2)) == 51)
        #expect(lane.postpone(until: Due(time: 50, offset: 4)) == 50)
    }

    @Test func `after a start what waits on disk is not taken for new`() throws {
        let log = Log(6)
        log.rows[2] = row(2, due: 1_000)
        log.rows[4] = row(4, due: 5, failures: 3)
        let lane = lane(floor: 1, deferred: 2, end: 7)
        #expect(try take(lane, log, most: 1) == [4])
        #expect(try take(lane, log) == [3, 5, 6])
        #expect(try take(lane, log, at: 1_000) == [2])
    }

    @Test func `256 and one due rows all come, in portions`() throws {
        let log = Log(300)
        for offset in UInt64(1)...257 { log.rows[offset] = row(offset, due: offset % 7) }
        let lane = lane(deferred: 257, end: 301)
        let offsets = try take(lane, log, below: 301, most: 999)
        #expect(offsets.count == 300)
        #expect(Set(offsets).count == 300)
        #expect(lane.deferredCount == 0)
    }

    @Test func `a run begins only where nothing has to be looked at`() throws {
        let (lane, log) = (lane(), Log(9))
        #expect(lane.beginRun(below: 10, at: 0) == nil)
        #expect(try take(lane, log, most: 1) == [1])
        var run = try #require(lane.beginRun(below: 10, at: 0))
        #expect(run.next()?.offset == 2)
        lane.endRun(run, count: 1)
        #expect(lane.cursor == 3)
        lane.settle(7)
        #expect(lane.beginRun(below: 10, at: 0) == nil)
        #expect(try take(lane, log, most: 5) == [3, 4, 5, 6, 8])
        #expect(lane.beginRun(below: 9, at: 0) == nil)
        lane.give(back: returned(4))
        #expect(lane.beginRun(below: 10, at: 0) == nil)
        #expect(try take(lane, log) == [4, 9])
    }

    @Test func `what is dropped is passed over, and the cursor does not go back`() throws {
        let (lane, log) = (lane(), Log(9))
        #expect(try take(lane, log, most: 2) == [1, 2])
        lane.drop(below: 6)
        #expect(try take(lane, log) == [6, 7, 8, 9])
        lane.drop(below: 3)
        #expect(try take(lane, log) == [])
        #expect(lane.settled.floor == 5)
    }
}
