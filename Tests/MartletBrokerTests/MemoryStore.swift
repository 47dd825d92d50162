// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A store in memory that forgets on a crash what was not durable, and fails when it is told to.
final class MemoryStore: Store {
    /// What a disk would hold.
    struct Contents {
        var topics: [UInt64: StoredTopic] = [:]
        var subscriptions: [UInt64: StoredSubscription] = [:]
        var log: [UInt64: [Segment]] = [:]
        var chunks: [UInt64: [UInt64: [UInt64]?]] = [:]
        var deferred: [UInt64: [UInt64: Deferred]] = [:]
        var ids: [UInt64: [MessageID]] = [:]
        var rows: [KeyedRow.Table: [[UInt8]: KeyedRow]] = [:]
        var endings: [UInt64: [Ending]] = [:]
        var expiries: [UInt64: [Due]] = [:]
        var processes: [UInt64: [ProcessMark]] = [:]
        var idKey: UInt64? = MemoryStore.idKey
        var applied: UInt64 = 0
        var time: UInt64 = 0
        /// Everything that was ever applied, as it would be shipped.
        var batches: [[UInt8]] = []
        var nextTopic: UInt64 = 1
        var nextSubscription: UInt64 = 1
    }

    private(set) var contents: Contents
    private(set) var durable: Contents
    private(set) var commits = 0
    /// Whether publishes are to be refused.
    var isFull = false
    /// Whether so little room is left that returned messages get no rows.
    var isTight = false
    /// Bytes that are left for publishes, if they are counted.
    var left: Int?
    /// Offsets that cannot be read.
    var unreadable: Range<UInt64> = 0..<0
    /// Looks at the room.
    private(set) var measures = 0
    /// Rows that were read one by one.
    private(set) var rowsRead = 0

    var room: Int { isTight ? -reserve : isFull ? -1 : left ?? .max }
    let reserve = 1 << 40

    func measureRoom() { measures += 1 }
    /// The number of the commit that fails.
    var failingCommit: Int?
    /// Whether syncs fail.
    var syncFails = false
    /// Which operations are lost, as if the broker had not given them.
    var forgets: (StoreOperation) -> Bool = { _ in false }
    /// Which batches are durable at once, as those that go to a log.
    var goesToLog: (StoreBatch) -> Bool = { _ in false }
    /// Every operation that was ever applied.
    private(set) var history: [StoreOperation] = []
    /// Whether all that is applied is remembered besides.
    var remembersBatches = true

    init(_ contents: Contents = Contents()) {
        self.contents = contents
        durable = contents
    }

    /// What a restart after a crash finds.
    func crashed() -> MemoryStore {
        let store = MemoryStore(durable)
        store.forgets = forgets
        store.goesToLog = goesToLog
        return store
    }

    @discardableResult
    func commit(_ batch: StoreBatch) throws(StoreError) -> Durability {
        guard batch.index > contents.applied else { return .committed }
        precondition(batch.index == contents.applied + 1, "a batch is missing")
        commits += 1
        if commits == failingCommit { throw StoreError(.failed, "the commit failed as it was told to") }
        durable = contents
        for operation in batch.operations where !forgets(operation) { apply(operation) }
        contents.applied = batch.index
        contents.time = batch.time
        let isLogged = goesToLog(batch)
        if remembersBatches {
            contents.batches.append(batch.bytes)
            history.append(contentsOf: batch.operations)
        }
        // Before a batch goes to the log, what went to the tree is flushed.
        if isLogged { try sync() }
        return isLogged ? .durable : .committed
    }

    func sweep() throws(StoreError) {}
    var isBehind: Bool { false }
    func writeBack(isBusy: Bool) throws(StoreError) {}
    func writeBackAll() throws(StoreError) {}

    func sync() throws(StoreError) {
        if syncFails { throw StoreError(.failed, "the sync failed as it was told to") }
        durable = contents
    }

    private func apply(_ operation: StoreOperation) {
        switch operation {
        case .setIDKey(let key): contents.idKey = key
        case .putTopic(let row):
            contents.topics[row.id] = row
            contents.nextTopic = max(contents.nextTopic, row.id % TopicID.ordinary + 1)
        case .removeTopic(let id):
            contents.topics[id] = nil
            contents.log[id] = nil
            contents.ids[id] = nil
            contents.expiries[id] = nil
            contents.processes[id] = nil
            removeScheduled(topic: id, below: .max)
        case .putSubscription(let row):
            contents.subscriptions[row.id] = row
            contents.nextSubscription = max(contents.nextSubscription, max(row.id, row.position) + 1)
        case .removeSubscription(let id, let position):
            contents.subscriptions[id] = nil
            contents.nextSubscription = max(contents.nextSubscription, max(id, position) + 1)
            contents.chunks[position] = nil
            contents.deferred[position] = nil
            contents.endings[position] = nil
            removeCopies(position)
            let owner = Receipt.rowKey(subscription: id, key: [])
            contents.rows[.receipts] = contents.rows[.receipts]?.filter { !$0.key.starts(with: owner) }
        case .append(let segment):
            contents.log[segment.topic, default: []].append(segment)
        case .putChunk(let subscription, let chunk, let words):
            contents.chunks[subscription, default: [:]][chunk] = .some(words)
        case .removeChunks(let subscription, let below):
            contents.chunks[subscription] = contents.chunks[subscription]?.filter { $0.key >= below }
        case .putDeferred(let subscription, let row, let replacing):
            precondition(contents.deferred[subscription]?[row.offset]?.due == replacing, "a due row is left behind")
            contents.deferred[subscription, default: [:]][row.offset] = row
        case .removeDeferred(let subscription, let offset, let due):
            precondition(contents.deferred[subscription]?[offset]?.due == due, "a due row is left behind")
            contents.deferred[subscription]?[offset] = nil
        case .putEnding(let position, let ending):
            contents.endings[position, default: []].append(ending)
        case .removeEndings(let position, let below):
            contents.endings[position]?.removeAll { !$0.isLoss && $0.last < below }
        case .removeEnding(let position, let last):
            contents.endings[position]?.removeAll { !$0.isLoss && $0.last == last }
        case .removePosition(let position, let keepsSettled):
            contents.deferred[position] = nil
            removeCopies(position)
            guard !keepsSettled else { return }
            contents.chunks[position] = nil
            contents.endings[position] = nil
        case .putExpiries(let topic, let expiries): contents.expiries[topic, default: []] += expiries
        case .removeExpiries(let topic, let expiries): contents.expiries[topic]?.removeAll { expiries.contains($0) }
        case .markProcesses(let topic, let marks): contents.processes[topic, default: []] += marks
        case .unmarkProcesses(let topic, let below): contents.processes[topic]?.removeAll { $0.offset < below }
        case .removeScheduled(let topic, let below): removeScheduled(topic: topic, below: below)
        case .removeLoss(let position, let last):
            contents.endings[position]?.removeAll { $0.isLoss && $0.last == last }
        case .trim(let topic, let first):
            contents.log[topic] = contents.log[topic]?.filter { $0.end > first }
        case .rememberIDs(let topic, let ids): contents.ids[topic, default: []] += ids
        case .forgetIDs(let topic, let below): contents.ids[topic]?.removeAll { $0.offset < below }
        case .putRow(let row, let replacing):
            let before = contents.rows[row.table.home]?[row.key]
            precondition(before == nil || before?.expiresAt == replacing, "the end of a row is left behind")
            contents.rows[row.table.home, default: [:]][row.key] = row
        case .removeRow(let table, let key, let expiresAt):
            if contents.rows[table.home]?[key]?.expiresAt == expiresAt { contents.rows[table.home]?[key] = nil }
        }
    }

    private func removeCopies(_ position: UInt64) {
        let prefix = Receipt.rowKey(subscription: position, key: [])
        contents.rows[.copies] = contents.rows[.copies]?.filter { !$0.key.starts(with: prefix) }
    }

    private func removeScheduled(topic: UInt64, below: UInt64) {
        for row in (contents.rows[.scheduled] ?? [:]).values {
            guard let message = try? ScheduledMessage(row), message.topic == topic, message.number < below else {
                continue
            }
            contents.rows[.scheduled]?[row.key] = nil
            let idKey = ScheduledMessage.idKey(topic: topic, message.id ?? [])
            guard let idRow = contents.rows[.scheduledIDs]?[idKey], let place = try? ScheduledMessage.place(idRow),
                place.key == row.key
            else { continue }
            contents.rows[.scheduledIDs]?[idKey] = nil
        }
    }

    // MARK: - Reading

    /// What ids are hashed with, on the event loop as in the broker.
    static let idKey: UInt64 = 0x5EA1

    func load() throws(StoreError) -> StoredState {
        var state = StoredState()
        state.idKey = contents.idKey
        state.applied = contents.applied
        state.time = contents.time
        for row in contents.topics.values.sorted(by: { $0.id < $1.id }) {
            var topic = row
            if let last = contents.log[row.id]?.last {
                var cursor = SegmentCursor(last)
                topic.lastTime = max(row.lastTime, cursor.next()?.time ?? 0)
                topic.next = max(row.next, last.end)
                topic.total = max(row.total, last.total)
            }
            state.topics.append(topic)
        }
        for row in contents.subscriptions.values.sorted(by: { $0.id < $1.id }) {
            let chunks = (contents.chunks[row.position] ?? [:]).sorted { $0.key < $1.key }.map {
                (chunk: $0.key, words: $0.value)
            }
            let receipts = Receipt.rowKey(subscription: row.id, key: [])
            let hasReceipts = contents.rows[.receipts]?.keys.contains { $0.starts(with: receipts) } ?? false
            var subscription = StoredState.Subscription(row: row, chunks: chunks, hasReceipts: hasReceipts)
            let returned = (contents.deferred[row.position] ?? [:]).values
            subscription.reopened = returned.filter(\.isReopened).map(\.offset).sorted()
            state.subscriptions.append(subscription)
        }
        state.nextTopic = contents.nextTopic
        state.nextSubscription = contents.nextSubscription
        return state
    }

    func read(topic: UInt64, from offset: UInt64, bytes: Int) throws(StoreError) -> StoredRead {
        if unreadable.contains(offset) { return .damaged(unreadable) }
        guard let segment = contents.log[topic]?.first(where: { $0.end > offset }) else { return .none }
        return .segment(segment)
    }

    func offset(topic: UInt64, at time: UInt64) throws(StoreError) -> UInt64? {
        for segment in contents.log[topic] ?? [] {
            var cursor = SegmentCursor(segment)
            while let message = cursor.next() {
                if message.time >= time { return message.offset }
            }
        }
        return nil
    }

    func offset(topic: UInt64, total: UInt64) throws(StoreError) -> UInt64? {
        contents.log[topic]?.first { $0.total > total }?.base
    }

    func total(topic: UInt64, before offset: UInt64) throws(StoreError) -> UInt64 {
        contents.log[topic]?.last { $0.end <= offset }?.total ?? 0
    }

    func ending(position: UInt64, of offset: UInt64) throws(StoreError) -> Ending? {
        contents.endings[position]?.first { ($0.first...$0.last).contains(offset) }
    }

    func lastLoss(position: UInt64) throws(StoreError) -> Ending? {
        contents.endings[position]?.filter(\.isLoss).max { $0.last < $1.last }
    }

    func deferred(position: UInt64, offset: UInt64) throws(StoreError) -> Deferred? {
        contents.deferred[position]?[offset]
    }

    func deferredOffsets(position: UInt64, in range: Range<UInt64>, limit: Int) throws(StoreError) -> [UInt64] {
        Array((contents.deferred[position] ?? [:]).keys.filter(range.contains).sorted().prefix(limit))
    }

    func due(position: UInt64, after last: Due, limit: Int) throws(StoreError) -> [Due] {
        let waiting = (contents.deferred[position] ?? [:]).values.filter { !$0.isParked }
        let all = waiting.map { Due(time: $0.due, offset: $0.offset) }
        return Array(all.filter { $0 > last }.sorted().prefix(limit))
    }

    func parked(position: UInt64, after offset: UInt64, limit: Int) throws(StoreError) -> [UInt64] {
        let parked = (contents.deferred[position] ?? [:]).values.filter { $0.isParked && $0.offset > offset }
        return Array(parked.map(\.offset).sorted().prefix(limit))
    }

    func deferredRows(position: UInt64, after offset: UInt64, limit: Int) throws(StoreError) -> [Deferred] {
        let rows = (contents.deferred[position] ?? [:]).values.filter { $0.offset > offset }
        return Array(rows.sorted { $0.offset < $1.offset }.prefix(limit))
    }

    func expiries(topic: UInt64, by time: UInt64, limit: Int) throws(StoreError) -> [Due] {
        Array((contents.expiries[topic] ?? []).filter { $0.time <= time }.sorted().prefix(limit))
    }

    func processOffsets(topic: UInt64, hash: UInt64) throws(StoreError) -> [UInt64] {
        (contents.processes[topic] ?? []).filter { $0.hash == hash }.map(\.offset)
    }

    func isSettled(position: UInt64, offset: UInt64) throws(StoreError) -> Bool {
        guard let chunk = contents.chunks[position]?[offset / 4_096] else { return false }
        guard let words = chunk else { return true }
        return words[Int(offset % 4_096 / 64)] & (1 << (offset % 64)) != 0
    }

    func ids(
        topic: UInt64, from offset: UInt64, limit: Int, _ body: (MessageID) -> Void
    ) throws(StoreError) -> UInt64? {
        let ids = (contents.ids[topic] ?? []).drop { $0.offset < offset }
        for id in ids.prefix(limit) { body(id) }
        return ids.dropFirst(limit).first?.offset
    }

    func row(_ table: KeyedRow.Table, key: [UInt8]) throws(StoreError) -> KeyedRow? {
        rowsRead += 1
        return contents.rows[table.home]?[key]
    }

    func heads(
        _ table: KeyedRow.Table, prefix: [UInt8], after key: [UInt8], limit: Int
    ) throws(StoreError) -> [KeyedRowHead] {
        let found = (contents.rows[table.home] ?? [:]).values.filter {
            $0.key.starts(with: prefix) && key.lexicographicallyPrecedes($0.key)
        }
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.prefix(limit).map { row in
            var head = row
            head.value = Array(row.value.prefix(KeyedRowHead.bytes))
            return KeyedRowHead(row: head, size: row.value.count)
        }
    }

    func expiredRows(
        _ table: KeyedRow.Table, after last: (key: [UInt8], expiresAt: UInt64)?, by time: UInt64, limit: Int
    ) throws(StoreError) -> [(key: [UInt8], expiresAt: UInt64)] {
        let found = (contents.rows[table.home] ?? [:]).values.filter { $0.table == table }.compactMap { row in
            row.expiresAt.map { (key: row.key, expiresAt: $0) }
        }
        let behind = found.filter { row in
            guard let last else { return true }
            return row.expiresAt > last.expiresAt
                || row.expiresAt == last.expiresAt && last.key.lexicographicallyPrecedes(row.key)
        }
        return behind.filter { $0.expiresAt <= time }.sorted { left, right in
            left.expiresAt == right.expiresAt
                ? left.key.lexicographicallyPrecedes(right.key) : left.expiresAt < right.expiresAt
        }.prefix(limit).map { $0 }
    }

    func packLimit(topic: UInt64) -> Int { Pack.largest }
    var hasGarbage: Bool { false }
    var damagedRows: UInt64 = 0
    var statistics: StoreStatistics { StoreStatistics(usedBytes: 0, mapBytes: 1 << 30, diskFreeBytes: 1 << 30) }

    var levels: StoreLevels? {
        var levels = StoreLevels()
        levels.scheduled = contents.rows[.scheduled]?.count ?? 0
        levels.expectations = contents.rows[.expectations]?.count ?? 0
        levels.receipts = contents.rows[.receipts]?.count ?? 0
        return levels
    }
}
