// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The store on LMDB: one environment, one file.
///
/// It is opened without `MDB_NOSYNC` and with `MDB_NOMETASYNC`: one flush per commit, and a commit is durable when
/// the next one or a sync has returned. The article `DataFile` tells why that is safe, and what the file holds.
package final class DiskStore: Store {
    let folder: String
    let options: DiskStoreOptions
    let environment: Environment
    let tables: Tables
    let reader: SnapshotReader
    let keys = KeyBuffer()
    var sweeps: [Sweep] = []
    /// Whether the list of sweeps differs from the one in the file.
    var areSweepsChanged = false
    var roomLeft: Room
    /// Up to where the file has blocks of the disk.
    var diskKept = 0
    /// The size beyond which the map does not grow, whatever happens.
    var emergencyLimit = 0
    /// The broker's due time of the last batch that was applied.
    var time: UInt64
    /// The index of the last batch that was applied.
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
            try DraftFile.make(in: folder, mapSize: options.mapSize)
            try FileCheck.run(folder: folder)
            environment = try Environment(
                folder: folder, options: EnvironmentOptions(mapSize: options.mapSize, noMetaSync: true))
            // What the folder holds is as durable as the file: its entries too.
            try Folder.sync(folder)
            try environment.checkReaders()
            // A file of before, which had its name from the beginning, may have got no further.
            let isNew = environment.statistics.lastTransaction == 0
            (tables, (applied, time)) = try environment.withWriteTransaction { transaction in
                try Schema.check(transaction, isNew: isNew)
                let tables = try Tables(transaction, create: isNew)
                if isNew { try Self.put(Schema.version, as: .schema, transaction, tables) }
                return (tables, try Self.applied(transaction, tables))
            }
            try environment.sync()
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
        measureRoom()
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
    private static func applied(
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

    /// Notes the index and time of a batch; their page is one that every commit writes.
    static func putApplied(
        _ batch: StoreBatch, _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws {
        let value = (batch.index.bigEndian, batch.time.bigEndian)
        try Meta.withBytes(of: appliedKey) { key in
            try withUnsafeBytes(of: value) { try transaction.put(key, $0, in: tables.main) }
        }
    }

    /// Runs reads on a snapshot; what goes wrong there is the store's failure.
    func reading<Result>(
        _ what: String, _ body: (borrowing ReadTransaction) throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try reader.read(body)
        } catch {
            throw StoreError(reading: what, error)
        }
    }
}
