// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletModel

/// Rewrites the rows of a file of schema 1 or 2, in the transaction that opens it, so that all are rewritten or none.
enum Upgrade {
    /// Rows that are read before they are written: a cursor's entry is gone once the table changes.
    private static let slice = 1_000

    static func run(_ transaction: borrowing WriteTransaction) throws {
        let tables = try Tables(transaction, create: true)
        try rewrite(tables.topics, transaction) { try topic(id: $0.keyNumber(), $1) }
        try rewrite(tables.subscriptions, transaction) { try subscription(id: $0.keyNumber(), $1) }
        try rewrite(tables.deferred, transaction) { try deferred(offset: $0.keyNumber(at: 8), $1) }
        for table in [tables.acks, tables.dedup, tables.state, tables.receipts, tables.outcomes] {
            try rewrite(table, transaction) { Array($1) }
        }
        try moveIDKey(transaction, tables)
    }

    /// Version 2 called it `seal`; version 1 had no ids, and its file gets a key as a new one does.
    ///
    /// What earlier versions wrote was not numbered; a file that has a key has applied something.
    private static func moveIDKey(_ transaction: borrowing WriteTransaction, _ tables: Tables) throws {
        try Meta.withBytes(of: "seal") { name in
            guard let known = try transaction.get(name, in: tables.meta)?.keyNumber() else { return }
            try DiskStore.put(known, as: .idKey, transaction, tables)
            try DiskStore.putApplied(1, 0, transaction, tables)
            try transaction.delete(name, in: tables.meta)
        }
    }

    /// Gives each row of a table its new value, with its checksum.
    private static func rewrite(
        _ table: CheckedTable, _ transaction: borrowing WriteTransaction,
        _ value: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> [UInt8]
    ) throws {
        var last: [UInt8]?
        while true {
            let rows = try rows(of: table, after: last, transaction)
            for (key, old) in rows {
                try key.withUnsafeBytes { key in
                    let new = try old.withUnsafeBytes { try value(key, $0) }
                    try transaction.put(key, new, in: table)
                }
            }
            guard rows.count == slice else { return }
            last = rows.last?.key
        }
    }

    private static func rows(
        of table: CheckedTable, after last: [UInt8]?, _ transaction: borrowing WriteTransaction
    ) throws -> [(key: [UInt8], value: [UInt8])] {
        try transaction.withCursor(on: table.table) { cursor in
            var rows: [(key: [UInt8], value: [UInt8])] = []
            var entry = try cursor.first()
            if let last {
                entry = try last.withUnsafeBytes { try cursor.seek(toOrAfter: $0) }
                if entry?.key.elementsEqual(last) == true { entry = try cursor.next() }
            }
            while rows.count < slice, let row = entry {
                rows.append((Array(row.key), Array(row.value)))
                entry = try cursor.next()
            }
            return rows
        }
    }

    // MARK: - Rows as versions 1 and 2 wrote them

    private static func topic(id: UInt64, _ value: UnsafeRawBufferPointer) throws -> [UInt8] {
        var row = RowReader(value)
        var topic = StoredTopic(id: id, name: try row.text(), settings: TopicSettings())
        topic.settings.retention = try StoredTopic.retention(try row.byte(), of: topic.name)
        topic.settings.maxAge = try row.number()
        topic.settings.maxBytes = try row.number()
        topic.settings.maxMessages = try row.number()
        topic.first = try row.number()
        topic.next = try row.number()
        topic.total = try row.number()
        topic.trimmed = try row.number()
        // Rows of version 1 end here.
        if !row.isAtEnd {
            topic.settings.dedupWindow = try row.number()
            topic.firstID = try row.number()
        }
        return topic.encoded
    }

    private static func subscription(id: UInt64, _ value: UnsafeRawBufferPointer) throws -> [UInt8] {
        var row = RowReader(value)
        let name = try row.text()
        let topic = try row.number()
        // Where it began is not known any more.
        var subscription = StoredSubscription(
            id: id, topic: topic, name: name, settings: SubscriptionSettings(), floor: 0)
        subscription.floor = try row.number()
        subscription.settledAbove = try row.number()
        subscription.deferredRows = try row.number()
        subscription.lost = try row.number()
        subscription.dead = try row.number()
        subscription.settings.lease = Int(clamping: try row.number())
        subscription.settings.maxFailures = Int(clamping: try row.number())
        subscription.settings.ephemeral = try row.byte() != 0
        subscription.settings.backoff = []
        for _ in 0..<(try row.byte()) { subscription.settings.backoff.append(Int(clamping: try row.number())) }
        return subscription.encoded
    }

    private static func deferred(offset: UInt64, _ value: UnsafeRawBufferPointer) throws -> [UInt8] {
        var row = RowReader(value)
        var deferred = Deferred(
            offset: offset, failures: try row.number(), deliveries: try row.number(), due: try row.number(),
            firstDelivered: try row.number(), note: try row.text(), attempts: [])
        try deferred.readAttempts(&row)
        return deferred.encoded
    }
}
