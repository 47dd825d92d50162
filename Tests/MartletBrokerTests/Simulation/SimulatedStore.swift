// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A store that behaves as one on a disk does, with a log and a tree, and that fails as it is told to.
///
/// A commit of the tree is certain to outlive a power loss once a later one has flushed or a sync has returned. Until
/// then a power loss may leave it or undo it: both are found by a start. Every commit writes the index of its batch, so
/// that each changes a page and flushes. What goes to the log is certain when its commit has returned, and all before.
final class SimulatedStore: Store {
    /// What a crash leaves of commits that were not flushed.
    enum Remains: CaseIterable {
        /// Nothing, as after a power loss.
        case flushed
        /// All of them, as after the end of the process alone.
        case committed
    }

    private let inner: MemoryStore
    private let logShare: UInt64
    private let bug: SimulatedBug?
    /// Whether publishes are to be refused.
    var isFull: Bool {
        get { inner.isFull }
        set { inner.isFull = newValue }
    }

    /// Makes a store.
    ///
    /// - Parameter logShare: how many of 16 batches go to the log.
    init(_ contents: MemoryStore.Contents = MemoryStore.Contents(), logShare: UInt64, bug: SimulatedBug?) {
        self.logShare = logShare
        inner = MemoryStore(contents)
        inner.goesToLog = { ($0.index &* 0x9E37_79B9_7F4A_7C15) >> 60 < logShare }
        inner.remembersBatches = false
        self.bug = bug
        inner.forgets = { bug?.forgets($0) ?? false }
    }

    /// What the process sees.
    var contents: MemoryStore.Contents { inner.contents }
    /// What is certain to outlive a power loss.
    var durable: MemoryStore.Contents { inner.durable }

    /// What a start after a crash finds.
    func crashed(leaving remains: Remains) -> SimulatedStore {
        SimulatedStore(remains == .flushed ? inner.durable : inner.contents, logShare: logShare, bug: bug)
    }

    /// What a start finds after a crash within the write of a batch, if it was all written.
    func crashed(within batch: StoreBatch) throws(StoreError) -> SimulatedStore {
        var batch = batch
        if bug == .tornCommit { batch.operations.removeLast(batch.operations.count / 2) }
        try inner.commit(batch)
        return crashed(leaving: .committed)
    }

    @discardableResult
    func commit(_ batch: StoreBatch) throws(StoreError) -> Durability { try inner.commit(batch) }

    func sync() throws(StoreError) {
        if bug == .flushIsSkipped { return }
        try inner.sync()
    }

    func load() throws(StoreError) -> StoredState {
        var state = try inner.load()
        // What R-H1 was: a start began with the clock's time, however much later the last message was.
        if bug == .timeOfLogForgotten {
            for index in state.topics.indices { state.topics[index].lastTime = 0 }
        }
        if bug == .waitFollowsWallClock { state.time = 0 }
        return state
    }

    // MARK: - Reading

    func read(topic: UInt64, from offset: UInt64, bytes: Int) throws(StoreError) -> StoredRead {
        try inner.read(topic: topic, from: offset, bytes: bytes)
    }

    func offset(topic: UInt64, at time: UInt64) throws(StoreError) -> UInt64? {
        guard bug == .timeOfLogForgotten else { return try inner.offset(topic: topic, at: time) }
        // A search that relies on times that never fall looks at the last pack first.
        guard let last = inner.contents.log[topic]?.last else { return nil }
        var cursor = SegmentCursor(last)
        guard let first = cursor.next(), first.time >= time else { return nil }
        return try inner.offset(topic: topic, at: time)
    }

    func offset(topic: UInt64, total: UInt64) throws(StoreError) -> UInt64? {
        try inner.offset(topic: topic, total: total)
    }

    func total(topic: UInt64, before offset: UInt64) throws(StoreError) -> UInt64 {
        try inner.total(topic: topic, before: offset)
    }

    func deferred(position: UInt64, offset: UInt64) throws(StoreError) -> Deferred? {
        try inner.deferred(position: position, offset: offset)
    }

    func deferredOffsets(position: UInt64, in range: Range<UInt64>, limit: Int) throws(StoreError) -> [UInt64] {
        try inner.deferredOffsets(position: position, in: range, limit: limit)
    }

    func due(position: UInt64, after last: Due, limit: Int) throws(StoreError) -> [Due] {
        try inner.due(position: position, after: last, limit: limit)
    }

    func ending(position: UInt64, of offset: UInt64) throws(StoreError) -> Ending? {
        try inner.ending(position: position, of: offset)
    }

    func lastLoss(position: UInt64) throws(StoreError) -> Ending? { try inner.lastLoss(position: position) }

    func ids(
        topic: UInt64, from offset: UInt64, limit: Int, _ body: (MessageID) -> Void
    ) throws(StoreError) -> UInt64? {
        try inner.ids(topic: topic, from: offset, limit: limit, body)
    }

    func row(_ table: KeyedRow.Table, key: [UInt8]) throws(StoreError) -> KeyedRow? { try inner.row(table, key: key) }

    func heads(
        _ table: KeyedRow.Table, prefix: [UInt8], after key: [UInt8], limit: Int
    ) throws(StoreError) -> [KeyedRowHead] {
        try inner.heads(table, prefix: prefix, after: key, limit: limit)
    }

    func expiredRows(
        _ table: KeyedRow.Table, after last: (key: [UInt8], expiresAt: UInt64)?, by time: UInt64, limit: Int
    ) throws(StoreError) -> [(key: [UInt8], expiresAt: UInt64)] {
        try inner.expiredRows(table, after: last, by: time, limit: limit)
    }

    func parked(position: UInt64, after offset: UInt64, limit: Int) throws(StoreError) -> [UInt64] {
        try inner.parked(position: position, after: offset, limit: limit)
    }

    func deferredRows(position: UInt64, after offset: UInt64, limit: Int) throws(StoreError) -> [Deferred] {
        try inner.deferredRows(position: position, after: offset, limit: limit)
    }

    func expiries(topic: UInt64, by time: UInt64, limit: Int) throws(StoreError) -> [Due] {
        try inner.expiries(topic: topic, by: time, limit: limit)
    }

    func processOffsets(topic: UInt64, hash: UInt64) throws(StoreError) -> [UInt64] {
        try inner.processOffsets(topic: topic, hash: hash)
    }

    func isSettled(position: UInt64, offset: UInt64) throws(StoreError) -> Bool {
        try inner.isSettled(position: position, offset: offset)
    }

    func sweep() throws(StoreError) {}
    var isBehind: Bool { inner.isBehind }
    func writeBack(isBusy: Bool) throws(StoreError) { try inner.writeBack(isBusy: isBusy) }
    func writeBackAll() throws(StoreError) { try inner.writeBackAll() }
    func packLimit(topic: UInt64) -> Int { inner.packLimit(topic: topic) }
    var hasGarbage: Bool { false }
    var statistics: StoreStatistics { inner.statistics }
    var levels: StoreLevels? { inner.levels }
    var room: Int { inner.room }
    var reserve: Int { inner.reserve }

    func measureRoom() { inner.measureRoom() }
}
