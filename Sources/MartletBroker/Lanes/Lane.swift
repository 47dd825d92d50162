// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The reading position of a subscription: what comes next for its consumers, and nothing else.
///
/// A message is in one of five places: settled, ahead of the cursor, returned (it may be delivered now, before newer
/// messages), on disk until it is due, or leased by a consumer, who gives it back or settles it. The lane owns the
/// first four. It knows no consumer, connection or clock, so that it can be tested with a source made by hand.
///
/// What the features to come plug in here is told in the article `Lanes`.
final class Lane {
    /// What comes next.
    enum Next {
        /// A message that has not been handed out since the start of the process, or that came back.
        case message(Segment, SegmentCursor.Message, Returned?)
        /// A message that came back and was dropped or settled meanwhile, or cannot be found: nothing is to be
        /// delivered, and what is known about it is of no use any more.
        case gone(Returned)
        /// Messages that cannot be read, and never will be.
        case damaged(Range<UInt64>)
        /// Nothing for now.
        case none
    }

    /// When so many messages wait in memory, no further ones are handed out: they could come back too.
    static let waitingLimit = 4_096
    /// Rows that are taken from disk at once.
    private static let dueLimit = 256

    /// What has been settled.
    private(set) var settled: SettledSet
    /// The offset of the next message that has not been handed out since the start of the process.
    private(set) var cursor: UInt64
    /// When the next message that waits is due, in the broker's due time; nil when none waits.
    private(set) var nextDue: UInt64?
    /// Messages that wait on disk for their due time.
    private var deferredOnDisk: UInt64
    /// When the next of them is due.
    private var nextDueOnDisk: UInt64?
    /// Messages that wait in memory, since there was no room for rows about them.
    private var waiting = Heap<Waiting>()
    /// Messages that came back and may be delivered now, in the order of their offsets.
    private var returned = Heap<Returned>()
    /// The last due row that was taken from disk.
    private var lastDue = Due(time: 0, offset: 0)
    /// Whether this step writes rows, which the store does not show before the commit.
    private var isWriting = false
    /// The place in the log of the message at the cursor.
    private(set) var reader: SegmentCursor?
    /// The place in the log of the last message that was delivered again.
    private var rereader: SegmentCursor?
    /// Offsets of the cursor's chunk that wait on disk from before the start of the process.
    private var aside: (chunk: UInt64, offsets: Set<UInt64>)?
    /// Behind this offset nothing waits on disk from before the start of the process.
    private let asideEnd: UInt64

    /// Takes what the store knows; `end` is the offset behind the last message of the topic.
    init(_ stored: StoredState.Subscription, end: UInt64) {
        settled = SettledSet(stored)
        cursor = stored.row.floor + 1
        deferredOnDisk = stored.row.deferredRows
        nextDueOnDisk = stored.row.deferredRows > 0 ? 0 : nil
        nextDue = nextDueOnDisk
        asideEnd = stored.row.deferredRows > 0 ? end : 0
    }

    /// Messages that wait for their due time.
    var deferredCount: UInt64 { deferredOnDisk + UInt64(waiting.count) }

    // MARK: - What comes next

    /// Gives the messages at the cursor for a run: consecutive ones of the segment at hand that have never been handed
    /// out, with nothing before, between or about them; the usual case.
    ///
    /// Nil when it is not so.
    ///
    /// The run ends with `endRun`, which says how many were taken.
    @inline(__always)
    func beginRun(below end: UInt64, at now: UInt64) -> SegmentCursor? {
        guard returned.isEmpty, waiting.count < Self.waitingLimit, isWriting || nextDue ?? .max > now, cursor < end,
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

    /// Takes what comes next below an offset.
    func next(below end: UInt64, at now: UInt64, from source: some LaneSource) throws(StoreError) -> Next {
        try loadDue(at: now, from: source)
        if let message = returned.popFirst() { return try again(message, source) }
        guard waiting.count < Self.waitingLimit else { return .none }
        while true {
            let offset = try nextOffset(source)
            guard offset < end else { return .none }
            switch try source.locate(offset, &reader) {
            case .message(let segment, let message):
                guard message.offset == offset else {
                    // What should lie before it is missing; it is looked up again, since this reader has passed it.
                    cursor = message.offset
                    reader = nil
                    return .damaged(offset..<message.offset)
                }
                cursor = offset + 1
                return .message(segment, message, nil)
            case .gap(let until):
                cursor = until
                return .damaged(offset..<until)
            case .end: return .none
            }
        }
    }

    /// Lets go of what was read ahead; it is read again when it is needed.
    func letGo() {
        reader = nil
        rereader = nil
    }

    private func again(_ message: Returned, _ source: some LaneSource) throws(StoreError) -> Next {
        guard !settled.contains(message.offset) else { return .gone(message) }
        guard case .message(let segment, let found) = try source.locate(message.offset, &rereader),
            found.offset == message.offset
        else { return .damaged(message.offset..<message.offset + 1) }
        return .message(segment, found, message)
    }

    /// The first offset from the cursor on that is not settled and does not wait on disk.
    private func nextOffset(_ source: some LaneSource) throws(StoreError) -> UInt64 {
        while true {
            let offset = settled.firstUnsettled(from: cursor)
            cursor = offset
            guard offset < asideEnd else { return offset }
            let chunk = offset / SettledSet.chunkSize
            if aside?.chunk != chunk {
                let range = chunk * SettledSet.chunkSize..<(chunk + 1) * SettledSet.chunkSize
                aside = (chunk, Set(try source.deferredOffsets(in: range)))
            }
            guard aside?.offsets.contains(offset) == true else { return offset }
            cursor = offset + 1
        }
    }

    /// Takes messages whose time has come.
    private func loadDue(at now: UInt64, from source: some LaneSource) throws(StoreError) {
        guard let due = nextDue, due <= now, returned.count < Self.dueLimit else { return }
        while let first = waiting.first, first.time <= now {
            _ = waiting.popFirst()
            returned.insert(first.message)
        }
        if !isWriting, nextDueOnDisk ?? .max <= now { try loadRows(at: now, from: source) }
        updateNextDue()
    }

    private func loadRows(at now: UInt64, from source: some LaneSource) throws(StoreError) {
        let rows = try source.due(after: lastDue, limit: Self.dueLimit)
        nextDueOnDisk = nil
        for due in rows {
            nextDueOnDisk = due.time
            guard due.time <= now else { break }
            lastDue = due
            deferredOnDisk -= min(1, deferredOnDisk)
            guard let row = try source.deferred(due.offset) else { continue }
            returned.insert(Returned(row))
        }
        // All that there is was due.
        if rows.count < Self.dueLimit, nextDueOnDisk.map({ $0 <= now }) == true { nextDueOnDisk = nil }
    }

    private func updateNextDue() {
        guard let first = waiting.first else {
            nextDue = nextDueOnDisk
            return
        }
        nextDue = min(nextDueOnDisk ?? .max, first.time)
    }

    /// Finds a message that is leased, for a copy of it.
    func find(_ offset: UInt64, _ source: some LaneSource) throws(StoreError) -> (Segment, SegmentCursor.Message)? {
        guard case .message(let segment, let message) = try source.locate(offset, &rereader), message.offset == offset
        else { return nil }
        return (segment, message)
    }

    // MARK: - What comes back

    /// Takes a message back for delivery at once; one that is dropped meanwhile is found out when its turn comes.
    func give(back message: Returned) {
        returned.insert(message)
    }

    /// Notes that this step writes a row about a message, and gives the time at which it becomes due.
    func postpone(until due: Due) -> UInt64 {
        // What has been read past would never be found again.
        let time = due <= lastDue ? lastDue.time + 1 : due.time
        deferredOnDisk += 1
        nextDueOnDisk = min(nextDueOnDisk ?? .max, time)
        updateNextDue()
        isWriting = true
        return time
    }

    /// Takes a message back for delivery at a time, without a row about it.
    func keep(_ message: Returned, until time: UInt64) {
        waiting.insert(Waiting(time: time, message: message))
        updateNextDue()
    }

    /// Notes that the row about a message, which had that due time, is removed; it may have waited on disk.
    func forget(_ due: Due) {
        if due > lastDue { deferredOnDisk -= min(1, deferredOnDisk) }
    }

    /// The rows of the step can be read now.
    func rowsAreReadable() {
        isWriting = false
    }

    // MARK: - What is settled

    /// Settles a message; false when it was settled before.
    @discardableResult
    func settle(_ offset: UInt64) -> Bool { settled.insert(offset) }

    /// Settles the messages of some leases.
    func settle(_ leases: [Lease]) { settled.insert(leases) }

    /// Settles everything below an offset, whatever it was.
    func drop(below first: UInt64) {
        settled.raiseFloor(to: first - 1)
        cursor = max(cursor, first)
        guard !waiting.isEmpty else { return }
        waiting.removeAll { $0.message.offset < first }
        updateNextDue()
    }

    /// What has to be written about what was settled since the last call.
    func takeChanges() -> (chunks: [(UInt64, [UInt64]?)], removeBelow: UInt64?) {
        settled.raiseFloor()
        return settled.takeChanges()
    }

    /// Gives memory back that only consumers need.
    func rest() {
        reader = nil
        rereader = nil
    }
}
