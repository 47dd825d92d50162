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
        var nextTopic: UInt64 = 1
        var nextSubscription: UInt64 = 1
    }

    private(set) var contents: Contents
    private(set) var durable: Contents
    private(set) var commits = 0
    /// Whether publishes are to be refused.
    var isFull = false
    /// The number of the commit that fails.
    var failingCommit: Int?
    /// Whether syncs fail.
    var syncFails = false
    /// Which operations are lost, as if the broker had not given them.
    var forgets: (StoreOperation) -> Bool = { _ in false }
    /// Every operation that was ever applied.
    private(set) var history: [StoreOperation] = []

    init(_ contents: Contents = Contents()) {
        self.contents = contents
        durable = contents
    }

    /// What a restart after a crash finds.
    func crashed() -> MemoryStore {
        let store = MemoryStore(durable)
        store.forgets = forgets
        return store
    }

    func commit(_ operations: [StoreOperation]) throws(StoreError) {
        commits += 1
        if commits == failingCommit { throw StoreError(.failed, "the commit failed as it was told to") }
        durable = contents
        for operation in operations where !forgets(operation) { apply(operation) }
        history.append(contentsOf: operations)
    }

    func sync() throws(StoreError) {
        if syncFails { throw StoreError(.failed, "the sync failed as it was told to") }
        durable = contents
    }

    private func apply(_ operation: StoreOperation) {
        switch operation {
        case .putTopic(let row):
            contents.topics[row.id] = row
            contents.nextTopic = max(contents.nextTopic, row.id % TopicID.ordinary + 1)
        case .removeTopic(let id):
            contents.topics[id] = nil
            contents.log[id] = nil
            contents.ids[id] = nil
        case .putSubscription(let row):
            contents.subscriptions[row.id] = row
            contents.nextSubscription = max(contents.nextSubscription, row.id + 1)
        case .removeSubscription(let id):
            contents.subscriptions[id] = nil
            contents.nextSubscription = max(contents.nextSubscription, id + 1)
            contents.chunks[id] = nil
            contents.deferred[id] = nil
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
        case .trim(let topic, let first):
            contents.log[topic] = contents.log[topic]?.filter { $0.end > first }
        case .rememberIDs(let topic, let ids): contents.ids[topic, default: []] += ids
        case .forgetIDs(let topic, let below): contents.ids[topic]?.removeAll { $0.offset < below }
        case .putRow(let row, let replacing):
            let before = contents.rows[row.table]?[row.key]
            precondition(before == nil || before?.goes == replacing, "the end of a row is left behind")
            contents.rows[row.table, default: [:]][row.key] = row
        case .removeRow(let table, let key, let goes):
            if contents.rows[table]?[key]?.goes == goes { contents.rows[table]?[key] = nil }
        }
    }

    // MARK: - Reading

    /// What ids are hashed with, on the event loop as in the broker.
    static let seal: UInt64 = 0x5EA1

    func load() throws(StoreError) -> StoredState {
        var state = StoredState()
        state.seal = Self.seal
        for row in contents.topics.values.sorted(by: { $0.id < $1.id }) {
            var topic = row
            if let last = contents.log[row.id]?.last {
                topic.next = max(row.next, last.end)
                topic.total = max(row.total, last.total)
            }
            state.topics.append(topic)
        }
        for row in contents.subscriptions.values.sorted(by: { $0.id < $1.id }) {
            let chunks = (contents.chunks[row.id] ?? [:]).sorted { $0.key < $1.key }.map {
                (chunk: $0.key, words: $0.value)
            }
            let receipts = Receipt.rowKey(subscription: row.id, key: [])
            let hasReceipts = contents.rows[.receipts]?.keys.contains { $0.starts(with: receipts) } ?? false
            state.subscriptions.append(
                StoredState.Subscription(row: row, chunks: chunks, hasReceipts: hasReceipts))
        }
        state.nextTopic = contents.nextTopic
        state.nextSubscription = contents.nextSubscription
        return state
    }

    func read(topic: UInt64, from offset: UInt64, bytes: Int) throws(StoreError) -> StoredRead {
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

    func deferred(subscription: UInt64, offset: UInt64) throws(StoreError) -> Deferred? {
        contents.deferred[subscription]?[offset]
    }

    func deferredOffsets(subscription: UInt64, in range: Range<UInt64>) throws(StoreError) -> [UInt64] {
        (contents.deferred[subscription] ?? [:]).keys.filter(range.contains).sorted()
    }

    func due(subscription: UInt64, after position: Due, limit: Int) throws(StoreError) -> [Due] {
        let all = (contents.deferred[subscription] ?? [:]).values.map { Due(time: $0.due, offset: $0.offset) }
        return Array(all.filter { $0 > position }.sorted().prefix(limit))
    }

    func ids(topic: UInt64, _ body: (MessageID) -> Void) throws(StoreError) {
        for id in contents.ids[topic] ?? [] { body(id) }
    }

    func row(_ table: KeyedRow.Table, key: [UInt8]) throws(StoreError) -> KeyedRow? { contents.rows[table]?[key] }

    func heads(
        _ table: KeyedRow.Table, prefix: [UInt8], after key: [UInt8], limit: Int
    ) throws(StoreError) -> [KeyedRowHead] {
        let found = (contents.rows[table] ?? [:]).values.filter {
            $0.key.starts(with: prefix) && key.lexicographicallyPrecedes($0.key)
        }
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.prefix(limit).map { row in
            var head = row
            head.value = Array(row.value.prefix(KeyedRowHead.bytes))
            return KeyedRowHead(row: head, size: row.value.count)
        }
    }

    func rowsGoing(
        _ table: KeyedRow.Table, by time: UInt64, limit: Int
    ) throws(StoreError) -> [(key: [UInt8], goes: UInt64)] {
        let found = (contents.rows[table] ?? [:]).values.compactMap { row in row.goes.map { (key: row.key, goes: $0) } }
        return found.filter { $0.goes <= time }.sorted { left, right in
            left.goes == right.goes ? left.key.lexicographicallyPrecedes(right.key) : left.goes < right.goes
        }.prefix(limit).map { $0 }
    }

    func packLimit(topic: UInt64) -> Int { Pack.largest }
    var hasGarbage: Bool { false }
    var statistics: StoreStatistics { StoreStatistics(usedBytes: 0, mapBytes: 1 << 30, diskFreeBytes: 1 << 30) }
}
