// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The store on LMDB: one environment, one file.
///
/// Small steps are confirmed by the journal and reach the tree, which is LMDB's file, in portions; large ones go to the
/// tree at once. The file is opened without `MDB_NOSYNC` and with `MDB_NOMETASYNC`: one flush per commit, and a commit
/// is durable when the next one or a sync has returned. The article `DataFile` tells why that is safe, and what the
/// files hold.
package final class DiskStore: Store {
    let folder: String
    let options: DiskStoreOptions
    let environment: Environment
    let tables: Tables
    let reader: SnapshotReader
    let log: any BatchLog
    /// Changes of the tree that are not committed.
    var transaction: OpenTransaction?
    /// Batches that the log has and that are not applied yet.
    var unapplied: [StoreBatch] = []
    /// What was taken since the last commit of the tree.
    var portion = Portion()
    /// The index of the last batch that the tree has committed.
    var committed: UInt64
    /// The index of the last batch that the tree has for good.
    var durable: UInt64
    /// The index of the last batch that went to the tree and not to the log.
    var lastInTree: UInt64 = 0
    let keys = KeyBuffer()
    var sweeps: [Sweep] = []
    /// Whether the list of sweeps differs from the one in the file.
    var areSweepsChanged = false
    var roomLeft: Room
    /// Up to where the file has blocks of the disk.
    var diskKept = 0
    /// The size beyond which the map does not grow, whatever happens.
    var emergencyLimit = 0
    /// The broker's due time of the last batch that was taken.
    var time: UInt64
    /// The index of the last batch that was taken.
    var applied: UInt64
    /// The topic whose messages lie at the end of the log, where they can be appended without splitting pages.
    var lastTopic: UInt64 = 0
    /// The same of the remembered ids.
    var lastIDTopic: UInt64 = 0
    /// The same of the marks of processes.
    var lastProcessTopic: UInt64 = 0
    var nextTopic: UInt64 = 1
    var nextSubscription: UInt64 = 1
    var readSinceDrop = 0
    /// What the rows of returned messages and the index of their due times contradict each other about.
    var mismatches: Set<DueMismatch> = []
    /// By position: up to where the index has been held against the rows since the start.
    var dueChecked: [UInt64: Due] = [:]
    /// What was found in the journal when it was opened.
    package let recovery: Recovery
    /// Rows that were not what was written, and whose place others took.
    package internal(set) var damagedRows: UInt64 = 0
    private let lock: FolderLock

    /// Opens the data file of a folder, or makes it.
    ///
    /// - Throws: `locked` when another process has it, `schema` when it was written by a version that this one does
    ///   not know, `damaged` when it holds data but not what every file holds, `folder` and `failed` when it cannot be
    ///   opened.
    package init(folder: String, options: DiskStoreOptions = DiskStoreOptions()) throws(StoreError) {
        self.folder = folder
        self.options = options
        try Folder.make(folder)
        lock = try FolderLock(folder: folder)
        do {
            try DraftFile.make(in: folder, options)
            try FileCheck.run(folder: folder)
            environment = try Environment(
                folder: folder, options: EnvironmentOptions(mapSize: options.mapSize, noMetaSync: true))
            // What the folder holds is as durable as the file: its entries too.
            try Folder.sync(folder)
            try environment.checkReaders()
            // A file of before, which had its name from the beginning, may have got no further.
            let isNew = environment.statistics.lastTransaction == 0
            var identity: UInt64 = 0
            (tables, (applied, time)) = try environment.withWriteTransaction { transaction in
                try Schema.check(transaction, folder: folder, identity: options.identity, isNew: isNew)
                let tables = try Tables(transaction, create: isNew)
                identity = try Self.journal(transaction, tables)
                return (tables, try Self.applied(transaction, tables))
            }
            try environment.sync()
            (committed, durable) = (applied, applied)
            let files = try JournalFiles(folder: folder, identity: identity, applied: applied)
            log = try Journal(files, folder: folder, identity: identity)
            recovery = Recovery(batches: Int(log.next - 1 - applied), isCut: files.isCut)
            reader = try environment.makeSnapshotReader()
        } catch {
            throw StoreError(opening: folder, mapSize: options.mapSize, error)
        }
        roomLeft = Room(options)
        do {
            try makeEmergencyRoom()
        } catch {
            throw StoreError(.failed, "cannot open the data file in '\(folder)'", cause: error)
        }
        try replay()
        measureRoom()
    }

    deinit {
        transaction?.abort()
    }

    /// Applies what the journal has and the tree lacks.
    private func replay() throws(StoreError) {
        guard log.next > applied + 1 else { return }
        _ = try load()
        do {
            try log.read(from: applied + 1) { batch in
                unapplied.append(batch)
                (applied, time) = (batch.index, batch.time)
                portion.add(BatchCost(batch), at: batch.time)
            }
        } catch {
            throw StoreError(reading: "the journal", error)
        }
        try writeBackAll()
    }

    /// The identity that the file shares with its journal.
    private static func journal(_ transaction: borrowing WriteTransaction, _ tables: Tables) throws -> UInt64 {
        guard let value = try Meta.journal.withKey({ try transaction.get($0, in: tables.meta) }), value.count == 8
        else {
            throw StoreError(.damaged, "the data file does not say which journal belongs to it: it is damaged")
        }
        return value.keyNumber()
    }

    static func put(
        _ number: UInt64, as row: Meta, _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws {
        try row.withKey { key in
            try withUnsafeBytes(of: number.bigEndian) { try transaction.put(key, $0, in: tables.meta) }
        }
    }

    private static let appliedKey = "applied"

    /// The index and time of the last batch; files of before had no time.
    static func applied(
        _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws -> (index: UInt64, time: UInt64) {
        guard let value = try Meta.withBytes(of: appliedKey, { try transaction.get($0, in: tables.main) }) else {
            return (0, 0)
        }
        guard value.count == 8 || value.count == 16 else {
            throw StoreError(.damaged, "the index of the last batch cannot be read")
        }
        return (value.keyNumber(), value.count == 16 ? value.keyNumber(at: 8) : 0)
    }

    /// Notes the index and time of the last batch; their page is one that every commit writes.
    func putApplied(_ transaction: borrowing WriteTransaction) throws {
        try Self.putApplied(applied, time, transaction, tables)
    }

    static func putApplied(
        _ index: UInt64, _ time: UInt64, _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws {
        let value = (index.bigEndian, time.bigEndian)
        try Meta.withBytes(of: appliedKey) { key in
            try withUnsafeBytes(of: value) { try transaction.put(key, $0, in: tables.main) }
        }
    }

    /// Runs reads on a snapshot; what goes wrong there is the store's failure.
    func reading<Result>(
        _ what: String, _ body: (borrowing ReadTransaction) throws -> Result
    ) throws(StoreError) -> Result {
        if !unapplied.isEmpty { try applyTaken() }
        do {
            guard let transaction else { return try reader.read(body) }
            return try transaction.read(body)
        } catch {
            throw StoreError(reading: what, error)
        }
    }
}
