// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// What is known at the start: everything but the log, so that its time does not grow with the backlog.
extension DiskStore {
    package func load() throws(StoreError) -> StoredState {
        var state = StoredState()
        sweeps = []
        (nextTopic, nextSubscription) = (1, 1)
        try reading("topics and subscriptions") { transaction in
            for row in [Meta.nextTopic, .nextSubscription] {
                guard let value = try number(row, transaction) else { continue }
                if row == .nextTopic { nextTopic = value } else { nextSubscription = value }
            }
            try loadSweeps(transaction)
            state.idKey = try number(.idKey, transaction)
            if state.idKey == nil, (self.transaction == nil ? committed : applied) > 0 {
                throw StoreError(
                    .damaged, "the data file has lost the key of its ids: repeats would be taken for new messages")
            }
            state.topics = try topics(transaction)
            state.subscriptions = try subscriptions(transaction)
            lastTopic = try transaction.withCursor(on: tables.log) { try $0.last()?.owner() ?? 0 }
            lastProcessTopic = try transaction.withCursor(on: tables.processes.table) { try $0.last()?.owner() ?? 0 }
            lastIDTopic = try transaction.withCursor(on: tables.dedup.table) { try $0.last()?.owner() ?? 0 }
        }
        state.applied = applied
        state.time = time
        state.nextTopic = nextTopic
        state.nextSubscription = nextSubscription
        return state
    }

    private func number(_ row: Meta, _ transaction: borrowing ReadTransaction) throws -> UInt64? {
        guard let value = try row.withKey({ try transaction.get($0, in: tables.meta) }) else { return nil }
        guard value.count == 8 else { throw StoreError(.damaged, "'\(row.rawValue)' of the data file is no number") }
        return value.keyNumber()
    }

    private func topics(_ transaction: borrowing ReadTransaction) throws -> [StoredTopic] {
        try rows(tables.topics, transaction) { id, value in
            try completed(try StoredTopic(id: id, value), transaction)
        }
    }

    /// All rows of a table whose keys are one number.
    private func rows<Row>(
        _ table: CheckedTable, _ transaction: borrowing ReadTransaction,
        _ read: (UInt64, UnsafeRawBufferPointer) throws -> Row
    ) throws -> [Row] {
        var found: [Row] = []
        try transaction.withCursor(on: table.table) { cursor in
            var order = KeyOrder()
            var entry = try order.pass(cursor.first())
            while let row = entry {
                found.append(try read(try row.owner(), try table.value(of: row)))
                entry = try order.pass(cursor.next())
            }
        }
        guard try transaction.count(of: table.table) == found.count else {
            throw StoreError(.damaged, "rows of the table '\(table.kind)' are missing: the data file is damaged")
        }
        return found
    }

    private func subscriptions(_ transaction: borrowing ReadTransaction) throws -> [StoredState.Subscription] {
        try rows(tables.subscriptions, transaction) { id, value in
            let subscription = try StoredSubscription(id: id, value)
            var loaded = StoredState.Subscription(
                row: subscription, chunks: try chunks(of: subscription, transaction),
                hasReceipts: try hasReceipts(subscription: subscription.id, transaction))
            if subscription.reopened > 0 { loaded.reopened = try reopened(of: subscription, transaction) }
            return loaded
        }
    }

    /// Messages that were redriven and are not settled yet; the broker lets there be few at once.
    private func reopened(
        of subscription: StoredSubscription, _ transaction: borrowing ReadTransaction
    ) throws -> [UInt64] {
        try transaction.withCursor(on: tables.deferred.table) { cursor in
            var offsets: [UInt64] = []
            var order = KeyOrder()
            var entry = try order.pass(cursor.seek(toOrAfter: keys.key(subscription.position, 0)))
            while let row = entry, case let place = try row.place(), place.owner == subscription.position {
                let deferred = try Deferred(offset: place.number, try tables.deferred.value(of: row))
                if deferred.isReopened { offsets.append(place.number) }
                entry = try order.pass(cursor.next())
            }
            return offsets
        }
    }

    /// A topic's row with what its last pack says.
    private func completed(_ row: StoredTopic, _ transaction: borrowing ReadTransaction) throws -> StoredTopic {
        var topic = row
        guard let end = try logEnd(of: row.id, transaction) else { return topic }
        topic.next = max(row.next, end.next)
        topic.total = max(row.total, end.total)
        topic.lastTime = max(row.lastTime, end.time)
        return topic
    }

    private func chunks(
        of subscription: StoredSubscription, _ transaction: borrowing ReadTransaction
    ) throws -> [(chunk: UInt64, words: [UInt64]?)] {
        guard subscription.settledAbove > 0 else { return [] }
        return try transaction.withCursor(on: tables.acks.table) { cursor in
            var chunks: [(chunk: UInt64, words: [UInt64]?)] = []
            var order = KeyOrder()
            let start = keys.key(subscription.position, (subscription.floor + 1) / Chunk.offsets)
            var entry = try order.pass(cursor.seek(toOrAfter: start))
            while let row = entry, case let place = try row.place(), place.owner == subscription.position {
                chunks.append((place.number, try Chunk.words(try tables.acks.value(of: row))))
                entry = try order.pass(cursor.next())
            }
            return chunks
        }
    }
}
