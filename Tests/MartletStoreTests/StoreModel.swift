// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletStore

/// What a store has to know after some commits, as dictionaries.
struct StoreModel {
    struct Topic {
        var row: StoredTopic
        var log: TestLog
        var packs: [(base: UInt64, header: Pack)] = []
        var lastTime: UInt64 = 0
    }

    var topics: [UInt64: Topic] = [:]
    var removedTopics: [UInt64] = []
    var subscriptions: [UInt64: StoredSubscription] = [:]
    var removedSubscriptions: [UInt64] = []
    var chunks: [UInt64: [UInt64: [UInt64]?]] = [:]
    var deferred: [UInt64: [UInt64: Deferred]] = [:]
    var rows: [KeyedRow.Table: [[UInt8]: KeyedRow]] = [:]
    var ids: [UInt64: [MessageID]] = [:]
    var nextTopic: UInt64 = 1
    var nextSubscription: UInt64 = 1
    private var time: UInt64 = 1_000
    private var numbers: SeededRandom

    init(seed: UInt64) {
        numbers = SeededRandom(seed: seed)
    }

    mutating func roll(_ sides: Int) -> Int {
        Int.random(in: 0..<sides, using: &numbers)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.randomElement(using: &numbers)
    }

    /// The operations of one random change, which the model has made already.
    mutating func change(packLimit: (UInt64) -> Int) -> [StoreOperation] {
        if topics.count < 2 { return makeTopic() }
        if subscriptions.isEmpty { return makeSubscription() }
        switch roll(40) {
        case 0: return topics.count < 6 ? makeTopic() : []
        case 1: return subscriptions.count < 6 ? makeSubscription() : []
        case 2: return roll(8) == 0 ? removeTopic() : []
        case 3: return roll(4) == 0 ? removeSubscription() : []
        case 4: return trim()
        case 5...12: return putChunk()
        case 13: return removeChunks()
        case 14...21: return putDeferred()
        case 22...24: return removeDeferred()
        case 25...29: return putRow()
        case 30...31: return removeRow()
        case 32: return forgetIDs()
        default: return append(packLimit)
        }
    }

    private mutating func makeTopic() -> [StoreOperation] {
        let id = nextTopic + (roll(3) == 0 ? 0 : TopicID.ordinary)
        let row = StoredTopic(id: id, name: "topic-\(id)", settings: TopicSettings())
        nextTopic += 1
        topics[id] = Topic(row: row, log: TestLog(id))
        return [.putTopic(row)]
    }

    private mutating func makeSubscription() -> [StoreOperation] {
        var row = Sample.subscription(nextSubscription, topic: pick(topics.keys.sorted()) ?? 0)
        row.floor = UInt64(roll(10_000))
        nextSubscription += 1
        subscriptions[row.id] = row
        return [.putSubscription(row)]
    }

    private mutating func removeTopic() -> [StoreOperation] {
        guard let id = pick(topics.keys.sorted()) else { return [] }
        topics[id] = nil
        ids[id] = nil
        removedTopics.append(id)
        return [.removeTopic(id: id)]
    }

    private mutating func removeSubscription() -> [StoreOperation] {
        guard let id = pick(subscriptions.keys.sorted()) else { return [] }
        subscriptions[id] = nil
        chunks[id] = nil
        deferred[id] = nil
        removedSubscriptions.append(id)
        return [.removeSubscription(id: id, position: id)]
    }

    private mutating func append(_ packLimit: (UInt64) -> Int) -> [StoreOperation] {
        guard let id = pick(topics.keys.sorted()), var topic = topics[id] else { return [] }
        let count = 1 + roll(roll(10) == 0 ? 400 : 12)
        let largest = [0, 20, 200, 3_000, 12_000][roll(5)]
        let bodies = (0..<count).map { body(roll(min(largest, 100_000 / count) + 1), seed: $0) }
        time += UInt64(roll(3))
        let segment = topic.log.segment(bodies, time: time, packLimit: packLimit(id))
        topic.packs += segment.packs
        topic.lastTime = time
        topics[id] = topic
        var identified: [MessageID] = []
        for offset in segment.base..<segment.end where roll(3) > 0 {
            let hash = numbers.next()
            identified.append(
                MessageID(hash: hash, offset: offset, sum: UInt32(truncatingIfNeeded: hash), time: time))
        }
        ids[id, default: []] += identified
        // The broker remembers ids before anything of a later commit, and the segment has to come last here.
        return identified.isEmpty
            ? [.append(segment)] : [.rememberIDs(topic: id, ids: identified), .append(segment)]
    }

    /// What the broker does when messages go: the row says where the log ends, as the log may end up empty.
    private mutating func trim() -> [StoreOperation] {
        guard let id = pick(topics.keys.sorted()), var topic = topics[id] else { return [] }
        let left = Int(topic.log.next - topic.row.first)
        topic.row.first += UInt64(roll(5) == 0 ? left : roll(left + 1))
        topic.row.next = topic.log.next
        topic.row.total = topic.log.total
        topic.row.lastTime = topic.lastTime
        topics[id] = topic
        return [.putTopic(topic.row), .trim(topic: id, first: topic.row.first)]
    }

    private mutating func putChunk() -> [StoreOperation] {
        guard let id = pick(subscriptions.keys.sorted()) else { return [] }
        let chunk = UInt64(roll(12))
        var words: [UInt64]?
        if roll(3) > 0 { words = (0..<64).map { _ in numbers.next() } }
        chunks[id, default: [:]].updateValue(words, forKey: chunk)
        return [.putChunk(position: id, chunk: chunk, words: words)]
    }

    private mutating func removeChunks() -> [StoreOperation] {
        guard let id = pick(subscriptions.keys.sorted()) else { return [] }
        let below = UInt64(roll(8))
        chunks[id] = chunks[id, default: [:]].filter { $0.key >= below }
        return [.removeChunks(position: id, below: below)]
    }

    private mutating func putDeferred() -> [StoreOperation] {
        guard let id = pick(subscriptions.keys.sorted()) else { return [] }
        let offset = UInt64(roll(60))
        let row = Sample.deferred(offset, due: UInt64(roll(1_000)), attempts: roll(11))
        let before = deferred[id]?[offset]?.due
        deferred[id, default: [:]][offset] = row
        return [.putDeferred(position: id, row: row, replacing: before)]
    }

    private mutating func forgetIDs() -> [StoreOperation] {
        guard let id = pick(topics.keys.sorted()), let last = ids[id]?.last else { return [] }
        let below = UInt64(roll(Int(last.offset) + 2))
        // Rows go whole, so some ids below may stay; the model looks at those from there on.
        ids[id]?.removeAll { $0.offset < below }
        return [.forgetIDs(topic: id, below: below)]
    }

    private mutating func putRow() -> [StoreOperation] {
        let table = KeyedRow.Table.allCases[roll(3)]
        // Keys of which some begin with others, and values on both sides of a piece's end.
        let owner: [UInt8] = table == .receipts ? Receipt.rowKey(subscription: 1 << 40, key: []) : []
        let key = owner + body(1 + roll(3), seed: roll(4)) + (roll(4) == 0 ? body(390, seed: roll(2)) : [])
        let size = [roll(20), 1_500 + roll(200), roll(70_000)][roll(3)]
        let expiresAt = roll(2) == 0 ? UInt64(roll(1_000)) : nil
        let row = KeyedRow(table: table, key: key, value: body(size, seed: roll(200)), expiresAt: expiresAt)
        let before = rows[table]?[key]?.expiresAt
        rows[table, default: [:]][key] = row
        return [.putRow(row, replacing: before)]
    }

    private mutating func removeRow() -> [StoreOperation] {
        let table = KeyedRow.Table.allCases[roll(3)]
        let keys = (rows[table] ?? [:]).keys.sorted { $0.lexicographicallyPrecedes($1) }
        guard let key = pick(keys), let row = rows[table]?[key] else { return [] }
        // A row that was to go at another time is another row.
        if roll(5) == 0 { return [.removeRow(table, key: key, expiresAt: (row.expiresAt ?? 0) + 5_000)] }
        rows[table]?[key] = nil
        return [.removeRow(table, key: key, expiresAt: row.expiresAt)]
    }

    private mutating func removeDeferred() -> [StoreOperation] {
        guard let id = pick(subscriptions.keys.sorted()), let rows = deferred[id],
            let row = pick(rows.values.sorted { $0.offset < $1.offset })
        else { return [] }
        deferred[id]?[row.offset] = nil
        return [.removeDeferred(position: id, offset: row.offset, due: row.due)]
    }
}
