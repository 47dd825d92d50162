// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

/// Batches of random lives, as bytes, applied to other stores: what they are asked they answer alike.
struct ShippingTests {
    /// A data file that can be closed and opened again.
    private final class Replica {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("replica-\(UUID().uuidString)").path
        private(set) var store: DiskStore?

        init() throws { try open() }

        deinit {
            store = nil
            try? FileManager.default.removeItem(atPath: folder)
        }

        func open() throws {
            store = nil
            let opened = try DiskStore(folder: folder)
            _ = try opened.load()
            store = opened
        }

        func apply(_ bytes: [UInt8]) throws {
            try store?.commit(try StoreBatch(bytes: bytes))
        }

        func answers() throws -> [String] {
            try open()
            return try Answers(store!).lines
        }
    }

    @Test(arguments: UInt64(1)...12)
    func `batches that are shipped make the same store, also when they come twice and restarts lie between`(
        seed: UInt64
    ) throws {
        var life = try Life(seed: seed)
        for _ in 0..<200 { #expect(try life.turn() == nil) }
        let batches = life.harness.store.contents.batches
        #expect(batches.count > 20)
        let (once, again) = (try Replica(), try Replica())
        var random = SeededRandom(seed: seed)
        // The harness gives its store the key of the ids from the start.
        for replica in [once, again] { try replica.apply(keyBatch()) }
        for (index, batch) in batches.enumerated() {
            let batch = try renumbered(batch, UInt64(index) + 2)
            try once.apply(batch)
            try again.apply(batch)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: try again.apply(batch)
            case 1: try again.open()
            case 2:
                // All that there is, from the start.
                for (index, batch) in batches.prefix(index).enumerated() {
                    try again.apply(try renumbered(batch, UInt64(index) + 2))
                }
            default: break
            }
        }
        let (left, right) = (try once.answers(), try again.answers())
        #expect(left == right)
        #expect(left.count > 50)
    }

    private func keyBatch() -> [UInt8] {
        StoreBatch(index: 1, time: 0, operations: [.setIDKey(MemoryStore.idKey)]).bytes
    }

    private func renumbered(_ bytes: [UInt8], _ index: UInt64) throws -> [UInt8] {
        var batch = try StoreBatch(bytes: bytes)
        batch.index = index
        return batch.bytes
    }
}

/// Everything that a store can be asked, in words.
struct Answers {
    private(set) var lines: [String] = []

    init(_ store: DiskStore) throws {
        let state = try store.load()
        lines.append(
            "ids \(state.nextTopic) \(state.nextSubscription) \(String(describing: state.idKey)) \(state.applied)")
        for topic in state.topics { try add(topic, store) }
        for subscription in state.subscriptions { try add(subscription, state, store) }
        for table in KeyedRow.Table.allCases { try add(table, store) }
    }

    private mutating func add(_ topic: StoredTopic, _ store: DiskStore) throws {
        lines.append("topic \(topic)")
        var offset = topic.first
        while offset < topic.next {
            switch try store.read(topic: topic.id, from: offset, bytes: 1 << 16) {
            case .segment(let segment):
                var cursor = SegmentCursor(segment)
                while let message = cursor.next() {
                    guard message.offset >= offset else { continue }
                    let record = segment.bytes[message.start..<message.start + message.size]
                    lines.append("message \(topic.id) \(message.offset) \(message.time) \(Array(record))")
                    lines.append("at \(String(describing: try store.offset(topic: topic.id, at: message.time)))")
                }
                offset = segment.end
            case .damaged(let range): offset = range.upperBound
            case .none: offset = topic.next
            }
        }
        for total in stride(from: UInt64(0), to: topic.total, by: 40) {
            lines.append("total \(String(describing: try store.offset(topic: topic.id, total: total)))")
        }
        lines.append("before \(try store.total(topic: topic.id, before: topic.next / 2))")
        var ids: [MessageID] = []
        try store.ids(topic: topic.id) { if $0.offset >= topic.firstID { ids.append($0) } }
        lines.append("ids \(ids)")
    }

    private mutating func add(
        _ subscription: StoredState.Subscription, _ state: StoredState, _ store: DiskStore
    ) throws {
        let position = subscription.row.position
        lines.append("subscription \(subscription.row) \(subscription.chunks) \(subscription.hasReceipts)")
        let end = state.topics.first { $0.id == subscription.row.topic }?.next ?? 1
        for offset in 1..<max(2, end) {
            lines.append("ending \(offset) \(String(describing: try store.ending(position: position, of: offset)))")
        }
        for offset in try store.deferredOffsets(position: position, in: 0..<end, limit: .max) {
            lines.append("deferred \(String(describing: try store.deferred(position: position, offset: offset)))")
        }
        lines.append("due \(try store.due(position: position, after: Due(time: 0, offset: 0), limit: 999))")
        lines.append("loss \(String(describing: try store.lastLoss(position: position)))")
    }

    private mutating func add(_ table: KeyedRow.Table, _ store: DiskStore) throws {
        for head in try store.heads(table, prefix: [], after: [], limit: 999) {
            lines.append("row \(String(describing: try store.row(table, key: head.row.key))) \(head.size)")
        }
        lines.append("expired \(try store.expiredRows(table, by: .max, limit: 999))")
    }
}
