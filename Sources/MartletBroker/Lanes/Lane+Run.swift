// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Many messages at once, where each is simply the next one: the usual case.
extension Lane {
    /// Gives the messages at the cursor for a run: consecutive ones of the segment at hand that have never been handed
    /// out, with nothing before, between or about them.
    ///
    /// Nil when it is not so. The run ends with `endRun`, which says how many were taken.
    @inline(__always)
    func beginRun(below end: UInt64, at now: UInt64) -> SegmentCursor? {
        isPlain ? atCursor(below: end, at: now) : nil
    }

    /// Gives the messages at the cursor for a run in which each is asked for its key by `takesKey`.
    @inline(__always)
    func beginKeyedRun(below end: UInt64, at now: UInt64) -> SegmentCursor? {
        guard order == .key, filter.isEmpty, !needsLocks, released.isEmpty, !locks.isFull,
            let run = atCursor(below: end, at: now)
        else { return nil }
        kept.keep(run.segment)
        return run
    }

    @inline(__always)
    private func atCursor(below end: UInt64, at now: UInt64) -> SegmentCursor? {
        guard returned.isEmpty, ahead.isEmpty, early.isEmpty, waiting.count < Self.waitingLimit,
            nextDue ?? .max > now,
            cursor < end,
            cursor >= asideEnd,
            settled.isEmpty(from: cursor),
            let offset = reader?.offset, offset == cursor, let last = reader?.segment.end, cursor < last
        else { return nil }
        return reader.take()
    }

    /// Ends a run of so many messages.
    @inline(__always)
    func endRun(_ run: consuming SegmentCursor?, count: Int) {
        reader = run
        cursor += UInt64(count)
    }

    /// Takes the key of a message of a run; false when the message waits for it now, or cannot be read.
    @inline(__always)
    func takesKey(_ message: SegmentCursor.Message, _ segment: Segment, _ source: some LaneSource) -> Bool {
        guard let fields = segment.fields(start: message.start, size: message.size), let key = source.key(of: fields)
        else { return true }
        return locks.take(key, for: message.offset)
    }

    /// Takes a message that waited for its key and for nothing else, and is the next one.
    ///
    /// Nil when the next one is none of these, or does not lie in what was read last.
    func takeFreed(at now: UInt64) -> (Segment, SegmentCursor.Message)? {
        guard order == .key, released.isEmpty, nextDue ?? .max > now, let first = returned.first,
            first.deliveries == 0, !first.hasRow, !isSettled(first.offset),
            let found = kept.message(at: first.offset), found.1.offset == first.offset
        else { return nil }
        _ = returned.popFirst()
        return found
    }
}
