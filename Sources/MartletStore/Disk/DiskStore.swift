// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The store on LMDB: one environment, one file.
///
/// It is opened without `MDB_NOSYNC` and with `MDB_NOMETASYNC`: one flush a commit, and a commit is durable when
/// the next one or a sync has returned. The article `DataFile` tells why that is safe, and what the file holds.
package final class DiskStore: Store {
    /// The version of the file's layout that this code reads and writes.
    package static let schema: UInt64 = 2

    let folder: String
    let options: DiskStoreOptions
    let environment: Environment
    let tables: Tables
    let reader: SnapshotReader
    let keys = KeyBuffer()
    var sweeps: [Sweep] = []
    /// Whether the list of sweeps differs from the one in the file.
    var areSweepsChanged = false
    var room: Room
    /// The topic whose messages lie at the end of the log, where they can be appended without splitting pages.
    var lastTopic: UInt64 = 0
    /// The same of the remembered ids.
    var lastIDTopic: UInt64 = 0
    var nextTopic: UInt64 = 1
    var nextSubscription: UInt64 = 1
    var readSinceDrop = 0
    /// Commits since the room was measured.
    var commitsSinceRoom = 0
    /// Bytes of messages since then.
    var bytesSinceRoom = 0
    private let lock: FolderLock

    /// Opens the data file of a folder, or makes it.
    ///
    /// - Throws: `locked` when another process has it, `schema` when it was written by a version that this one does
    ///   not know, `folder` and `failed` when it cannot be opened.
    package init(folder: String, options: DiskStoreOptions = DiskStoreOptions()) throws(StoreError) {
        self.folder = folder
        self.options = options
        try makeFolder(folder)
        lock = try FolderLock(folder: folder)
        do {
            environment = try Environment(
                folder: folder, options: EnvironmentOptions(mapSize: options.mapSize, noMetaSync: true))
            try environment.checkReaders()
            tables = try environment.withWriteTransaction { transaction in
                let tables = try Tables(transaction)
                try Self.checkSchema(transaction, tables)
                return tables
            }
            try environment.sync()
            reader = try environment.makeSnapshotReader()
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.failed, "cannot open the data file in '\(folder)'", cause: error)
        }
        room = Room(options)
        updateRoom()
    }

    private static func checkSchema(_ transaction: borrowing WriteTransaction, _ tables: Tables) throws {
        let known = try Meta.schema.withKey { try transaction.get($0, in: tables.meta) }
        if known == nil || known?.count == 8 && known?.keyNumber() == 1 {
            // What version 1 wrote reads as it is: its rows end earlier, and its file lacks tables that are made now.
            try put(UInt64.random(in: .min ... .max), as: .seal, transaction, tables)
            return try put(Self.schema, as: .schema, transaction, tables)
        }
        guard let known else { return }
        guard known.count == 8, known.keyNumber() == schema else {
            let found = known.count == 8 ? "\(known.keyNumber())" : "none that can be read"
            throw StoreError(
                .schema, "the data file has schema version \(found), and this martlet knows version \(schema) only")
        }
    }

    static func put(
        _ number: UInt64, as row: Meta, _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws {
        try row.withKey { key in
            try withUnsafeBytes(of: number.bigEndian) { try transaction.put(key, $0, in: tables.meta) }
        }
    }

    /// Runs reads on a snapshot; whatever goes wrong there is the store's failure.
    func reading<Result>(
        _ what: String, _ body: (borrowing ReadTransaction) throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try reader.read(body)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.failed, "cannot read \(what)", cause: error)
        }
    }

    /// All that is known at the start, but the log: its time does not grow with the backlog.
    package func load() throws(StoreError) -> StoredState {
        var state = StoredState()
        sweeps = []
        try reading("topics and subscriptions") { transaction in
            for row in [Meta.nextTopic, .nextSubscription] {
                guard let value = try row.withKey({ try transaction.get($0, in: tables.meta) }) else { continue }
                if row == .nextTopic { nextTopic = value.keyNumber() } else { nextSubscription = value.keyNumber() }
            }
            try loadSweeps(transaction)
            state.seal = try Meta.seal.withKey { try transaction.get($0, in: tables.meta)?.keyNumber() } ?? 0
            try transaction.withCursor(on: tables.topics) { cursor in
                var entry = try cursor.first()
                while let row = entry {
                    let topic = try StoredTopic(id: row.key.keyNumber(), row.value)
                    state.topics.append(try completed(topic, transaction))
                    entry = try cursor.next()
                }
            }
            try transaction.withCursor(on: tables.subscriptions) { cursor in
                var entry = try cursor.first()
                while let row = entry {
                    let subscription = try StoredSubscription(id: row.key.keyNumber(), row.value)
                    let chunks = try self.chunks(of: subscription, transaction)
                    state.subscriptions.append(
                        StoredState.Subscription(
                            row: subscription, chunks: chunks,
                            hasReceipts: try hasReceipts(subscription: subscription.id, transaction)))
                    entry = try cursor.next()
                }
            }
            lastTopic = try transaction.withCursor(on: tables.log) { try $0.last()?.key.keyNumber() ?? 0 }
            lastIDTopic = try transaction.withCursor(on: tables.dedup) { try $0.last()?.key.keyNumber() ?? 0 }
        }
        state.nextTopic = nextTopic
        state.nextSubscription = nextSubscription
        return state
    }

    /// A topic's row with what its last pack says.
    private func completed(_ row: StoredTopic, _ transaction: borrowing ReadTransaction) throws -> StoredTopic {
        var topic = row
        guard let end = try logEnd(of: row.id, transaction) else { return topic }
        topic.next = max(row.next, end.next)
        topic.total = max(row.total, end.total)
        return topic
    }

    private func chunks(
        of subscription: StoredSubscription, _ transaction: borrowing ReadTransaction
    ) throws -> [(chunk: UInt64, words: [UInt64]?)] {
        guard subscription.settledAbove > 0 else { return [] }
        return try transaction.withCursor(on: tables.acks) { cursor in
            var chunks: [(chunk: UInt64, words: [UInt64]?)] = []
            var entry = try cursor.seek(toOrAfter: keys.key(subscription.id, (subscription.floor + 1) / 4_096))
            while let row = entry, row.key.keyNumber() == subscription.id {
                chunks.append((row.key.keyNumber(at: 8), try Self.words(row.value)))
                entry = try cursor.next()
            }
            return chunks
        }
    }

    private static func words(_ value: UnsafeRawBufferPointer) throws(StoreError) -> [UInt64]? {
        // One byte stands for a complete chunk.
        if value.count == 1 { return nil }
        guard value.count == 512 else { throw StoreError(.damaged, "a chunk of acks has \(value.count) bytes") }
        return (0..<64).map { UInt64(littleEndian: value.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
    }
}
