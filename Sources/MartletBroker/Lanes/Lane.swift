// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// The reading position of a subscription: what comes next for its consumers, and nothing else.
///
/// A message is in one of six places: settled, ahead of the cursor, behind the one that holds its key, returned (it may
/// be delivered now, before newer messages), on disk until it is due or a person decides, or leased by a consumer, who
/// gives it back or settles it. The lane owns all but the last. It knows no consumer, connection or clock, so that it
/// can be tested with a source made by hand. The article `Lanes` tells more.
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
        /// A message whose time is over, with what is known about it.
        case expired(Returned)
        /// Nothing so far, and more is to be looked at.
        case more
        /// Nothing for now.
        case none
    }

    /// When so many messages wait in memory, no further ones are handed out: they could come back too.
    static let waitingLimit = 4_096
    /// Rows that are taken from disk at once.
    private static let dueLimit = 256
    /// Rows that are read at once when the keys are looked up that are held since before the start.
    static let heldLimit = 1_000

    // SAFETY: as with `locks` below.
    /// What was settled once.
    @exclusivity(unchecked) var settled: SettledSet
    /// What is to be delivered all the same, since it was redriven.
    private(set) var reopened: Set<UInt64> = []
    /// Which messages wait for which.
    let order: Order
    /// Which messages are passed.
    let filter: Filter
    /// Whether every message is simply the next one.
    let isPlain: Bool
    // SAFETY: an access ends with the method that begins it, and none calls anything that could come back here; the
    // broker's thread is the only one. The checks would cost as much as the work.
    /// The keys that are held, when messages wait for each other.
    @exclusivity(unchecked) var locks: KeyLocks
    /// Whether the keys are still to be looked up that are held since before the start.
    var needsLocks: Bool
    /// Messages that have got their keys since the last call.
    var released: [UInt64] = []
    /// Messages that the filter did not pass, since they were last asked for.
    var filtered: UInt64 = 0
    /// Whether the reading position stands still, since no more can be remembered of what waits.
    private(set) var isStarved = false
    /// The offset of the next message that has not been handed out since the start of the process.
    var cursor: UInt64
    /// When the next message that waits is due, in the broker's due time; nil when none waits.
    private(set) var nextDue: UInt64?
    /// Messages that wait on disk for their due time.
    private var deferredOnDisk: UInt64
    /// When the next of them is due.
    private var nextDueOnDisk: UInt64?
    /// Messages that wait in memory, since there was no room for rows about them.
    private(set) var waiting = Heap<Waiting>()
    /// Messages that came back and may be delivered now, in the order of their offsets.
    var returned = Heap<Returned>()
    /// The last due row that was taken from disk.
    private(set) var lastDue = Due(time: 0, offset: 0)
    /// The earliest time of the rows that this step writes, which the store does not show before the commit.
    private var writtenDue: UInt64?
    /// Messages with rows that came back at once: they are not taken from disk again.
    var handed: Set<UInt64> = []
    /// Messages with rows that come when the cursor does, since older ones are to come before them.
    var ahead: [UInt64] = []
    /// Messages that came before the cursor did, which passes over them.
    var early: Set<UInt64> = []
    /// Messages that came back and wait for an older one of their key, which was redriven.
    var yielding: [UInt64: Returned] = [:]
    /// What the cursor has read, where messages wait for their keys.
    var kept: KeptSegments
    /// The place in the log of the message at the cursor.
    var reader: SegmentCursor?
    /// The place in the log of the last message that was delivered again.
    private var rereader: SegmentCursor?
    /// Offsets of the cursor's chunk that wait on disk from before the start of the process.
    private var aside: (chunk: UInt64, offsets: Set<UInt64>)?
    /// Behind this offset nothing waits on disk from before the start of the process.
    let asideEnd: UInt64

    /// Takes what the store knows; `end` is the offset behind the last message of the topic.
    init(_ stored: StoredState.Subscription, end: UInt64, memory: KeyMemory = KeyMemory(limit: .max)) {
        settled = SettledSet(stored)
        cursor = stored.row.floor + 1
        let onDisk = stored.row.deferredRows - min(stored.row.parked, stored.row.deferredRows)
        deferredOnDisk = onDisk
        nextDueOnDisk = onDisk > 0 ? 0 : nil
        nextDue = nextDueOnDisk
        asideEnd = stored.row.deferredRows > 0 ? end : 0
        order = stored.row.settings.order
        filter = stored.row.settings.filter
        isPlain = order == .none && filter.isEmpty
        locks = KeyLocks(memory)
        kept = KeptSegments(memory)
        needsLocks = order != .none && stored.row.deferredRows > 0
        reopened = Set(stored.reopened)
    }

    /// Whether it has to be looked at although no consumer waits.
    var filters: Bool { !filter.isEmpty }

    /// Messages that wait for their due time.
    var deferredCount: UInt64 { deferredOnDisk + UInt64(waiting.count) }

    // MARK: - What comes next

    /// Takes what comes next below an offset, after looking at so many messages at most.
    func next(
        below end: UInt64, at now: UInt64, from source: some LaneSource, budget: inout Int
    ) throws(StoreError) -> Next {
        if needsLocks { try loadLocks(at: now, source) }
        try loadReleased(at: now, source)
        repeat { try loadDue(at: now, from: source) } while returned.isEmpty && hasDue(at: now)
        try loadReleased(at: now, source)
        if let message = returned.popFirst() { return try again(message, at: now, source) }
        guard waiting.count < Self.waitingLimit else { return .none }
        if order == .all, locks.holder(of: KeyLocks.all) != nil { return .none }
        while true {
            let offset = try nextOffset(source)
            // What was passed meanwhile comes first.
            if let message = returned.popFirst() { return try again(message, at: now, source) }
            guard offset < end else { return .none }
            isStarved = order != .none && locks.isFull
            guard !isStarved else { return .none }
            guard budget > 0 else { return .more }
            switch try source.locate(offset, &reader) {
            case .message(let segment, let message):
                guard message.offset == offset else {
                    // What should lie before it is missing; it is looked up again, since this reader has passed it.
                    cursor = message.offset
                    reader = nil
                    return .damaged(offset..<message.offset)
                }
                cursor = offset + 1
                budget -= 1
                if order == .key { kept.keep(segment) }
                if let next = try pass(message, segment, at: now, source) { return next }
            case .gap(let until):
                cursor = until
                return .damaged(offset..<until)
            case .end: return .none
            }
        }
    }

    private func again(_ message: Returned, at now: UInt64, _ source: some LaneSource) throws(StoreError) -> Next {
        guard !isSettled(message.offset) else { return .gone(message) }
        guard let (segment, found) = try find(message.offset, source) else {
            return .damaged(message.offset..<message.offset + 1)
        }
        if !message.isTimeless, let fields = segment.fields(start: found.start, size: found.size), fields.expires != 0,
            fields.expires <= now
        {
            return .expired(message)
        }
        return .message(segment, found, message.deliveries > 0 || message.hasRow ? message : nil)
    }

    /// Lets go of what was read ahead; it is read again when it is needed.
    func letGo() {
        reader = nil
        rereader = nil
        kept.removeAll()
    }

    /// The first offset from the cursor on that is not settled and does not wait on disk.
    func nextOffset(_ source: some LaneSource) throws(StoreError) -> UInt64 {
        while true {
            while let first = ahead.first, first < cursor {
                ahead.removeFirst()
                if let row = try source.deferred(first) { take(row) }
            }
            let offset = settled.firstUnsettled(from: cursor)
            if let first = ahead.first, first <= offset {
                cursor = first
                return first
            }
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
            comeBack(first.message)
        }
        let readable = min(now, (writtenDue ?? .max) - 1)
        if nextDueOnDisk ?? .max <= readable { try loadRows(at: readable, from: source) }
        updateNextDue()
    }

    private func hasDue(at now: UInt64) -> Bool { nextDueOnDisk ?? .max <= min(now, (writtenDue ?? .max) - 1) }

    private func loadRows(at now: UInt64, from source: some LaneSource) throws(StoreError) {
        let rows = try source.due(after: lastDue, limit: Self.dueLimit)
        nextDueOnDisk = nil
        for due in rows {
            nextDueOnDisk = due.time
            guard due.time <= now else { break }
            lastDue = due
            if handed.remove(due.offset) != nil { continue }
            // What this step removed or wrote anew still stands there.
            guard let row = try source.deferred(due.offset), row.due == due.time else { continue }
            deferredOnDisk -= min(1, deferredOnDisk)
            take(row)
        }
        // All that there is was due.
        if rows.count < Self.dueLimit, nextDueOnDisk.map({ $0 <= now }) == true { nextDueOnDisk = nil }
        if let writtenDue { nextDueOnDisk = min(nextDueOnDisk ?? .max, writtenDue) }
    }

    /// Lets a message come that has a row and whose time has come, unless its key is held.
    func take(_ row: Deferred) {
        // One that was dropped meanwhile holds no key.
        guard !isSettled(row.offset) else { return returned.insert(Returned(row)) }
        if comesByCursor(row) {
            ahead.append(row.offset)
            return ahead.sort()
        }
        // The cursor will pass one that comes before its turn.
        if order == .none, row.offset >= cursor, !settled.contains(row.offset) { early.insert(row.offset) }
        if order != .none, let key = lockKey(of: row), !locks.takeEarly(key, for: row.offset) {
            return letGoFirst(row.offset, key)
        }
        comeBack(Returned(row))
    }

    private func updateNextDue() {
        guard let first = waiting.first else {
            nextDue = nextDueOnDisk
            return
        }
        nextDue = min(nextDueOnDisk ?? .max, first.time)
    }

    /// Finds a message that is not settled, wherever it lies.
    func find(_ offset: UInt64, _ source: some LaneSource) throws(StoreError) -> (Segment, SegmentCursor.Message)? {
        if order == .key, let near = kept.message(at: offset), near.1.offset == offset { return near }
        // What came back in a row is read together; else what lies behind is of no use.
        let isNext = rereader.map { offset >= $0.offset && offset < $0.segment.end + 64 } == true
        let found = try isNext ? source.locate(offset, &rereader) : source.locate(alone: offset, &rereader)
        if case .message(let segment, let message) = found, message.offset == offset {
            return (segment, message)
        }
        guard reopened.contains(offset), let copy = try source.copy(of: offset) else { return nil }
        var cursor = SegmentCursor(copy)
        return cursor.next().map { (copy, $0) }
    }

    // MARK: - What comes back

    /// Takes a message out that came back and waits in memory, for its time or for a consumer.
    func remove(_ offset: UInt64) -> Returned? {
        let found =
            returned.first { $0.offset == offset } ?? waiting.first { $0.message.offset == offset }?.message
        guard found != nil else { return nil }
        returned.removeAll { $0.offset == offset }
        waiting.removeAll { $0.message.offset == offset }
        updateNextDue()
        return found
    }

    /// Takes a message back for delivery at once; one that is dropped meanwhile is found out when its turn comes.
    func give(back message: Returned) {
        comeBack(message)
    }

    /// Notes that this step writes a row about a message, and gives the time at which it becomes due.
    func postpone(until due: Due) -> UInt64 {
        // What has been read past would never be found again.
        let time = due <= lastDue ? lastDue.time + 1 : due.time
        deferredOnDisk += 1
        nextDueOnDisk = min(nextDueOnDisk ?? .max, time)
        writtenDue = min(writtenDue ?? .max, time)
        updateNextDue()
        return time
    }

    /// Takes a message back for delivery at a time, without a row about it.
    func keep(_ message: Returned, until time: UInt64) {
        waiting.insert(Waiting(time: time, message: message))
        updateNextDue()
    }

    /// Notes that the row about a message, which had that due time, is removed; it may have waited on disk.
    func forget(_ due: Due) {
        guard handed.remove(due.offset) == nil else { return }
        if due > lastDue { deferredOnDisk -= min(1, deferredOnDisk) }
    }

    /// The rows of the step can be read now.
    func rowsAreReadable() {
        writtenDue = nil
    }

    // MARK: - What is settled

    /// Whether a message is settled.
    func isSettled(_ offset: UInt64) -> Bool {
        settled.contains(offset) && (reopened.isEmpty || !reopened.contains(offset))
    }

    /// Settles a message, and lets the next one of its key come; false when it was settled before.
    @discardableResult
    func settle(_ offset: UInt64) -> Bool {
        let isNew = reopened.remove(offset) != nil || settled.insert(offset)
        if !ahead.isEmpty { ahead.removeAll { $0 == offset } }
        if !early.isEmpty { early.remove(offset) }
        if order != .none { release(offset) }
        return isNew
    }

    /// Settles the messages of some leases.
    func settle(_ leases: [Lease]) {
        guard reopened.isEmpty, early.isEmpty, ahead.isEmpty else {
            for lease in leases { settle(lease.offset) }
            return
        }
        settled.insert(leases)
        guard order != .none else { return }
        locks.release(leases, isSettled: isSettled, into: &released)
    }

    /// Takes a settled message up again, about which the store has a row.
    ///
    /// What was waiting about it when it was settled knows nothing of that row.
    func reopen(_ offset: UInt64) {
        _ = remove(offset)
        yielding[offset] = nil
        released.removeAll { $0 == offset }
        reopened.insert(offset)
    }

    /// Frees the key of a message that is settled.
    private func release(_ offset: UInt64) {
        if let next = locks.release(offset, isSettled: isSettled) { released.append(next) }
    }

    /// Settles everything below an offset, whatever it was, but what was redriven.
    func drop(below first: UInt64) {
        settled.raiseFloor(to: first - 1)
        cursor = max(cursor, first)
        early = early.filter { $0 >= first }
        if order != .none {
            for offset in locks.holders(below: first) where isSettled(offset) { release(offset) }
        }
        guard !waiting.isEmpty else { return }
        waiting.removeAll { $0.message.offset < first }
        updateNextDue()
    }

    /// How many messages the filter did not pass since the last call; they are settled.
    func takeFiltered() -> UInt64 {
        defer { filtered = 0 }
        return filtered
    }

    /// What has to be written about what was settled since the last call.
    func takeChanges() -> (chunks: [(UInt64, [UInt64]?)], removeBelow: UInt64?) {
        settled.raiseFloor()
        return settled.takeChanges()
    }

    /// Gives back what it shares with others: it is not used any more.
    func end() {
        locks.removeAll()
        kept.removeAll()
    }
}
