// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import Testing

@testable import MartletStore

/// A data folder with its store open, which can be closed and opened again; the folder is deleted with it.
final class TestStore {
    let folder: String
    private var options: DiskStoreOptions
    private var opened: DiskStore?
    /// What the store knew when it was opened last.
    private(set) var state = StoredState()

    init(_ options: DiskStoreOptions = .small()) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
        self.options = options
        try reopen()
    }

    deinit {
        opened = nil
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The store that is open; it must not be kept in a variable across `reopen`, `close` and `tamper`.
    var store: DiskStore { opened! }

    func close() {
        opened = nil
    }

    @discardableResult
    func reopen(_ options: DiskStoreOptions? = nil) throws -> StoredState {
        opened = nil
        self.options = options ?? self.options
        let store = try DiskStore(folder: folder, options: self.options)
        state = try store.load()
        opened = store
        // The first operation of every file.
        if state.idKey == nil { try commit(.setIDKey(7)) }
        return state
    }

    /// Closes the store and writes to its file past it.
    func tamper(_ body: (borrowing WriteTransaction) throws -> Void) throws {
        opened = nil
        let environment = try Environment(folder: folder, options: EnvironmentOptions(mapSize: options.mapSize))
        try environment.withWriteTransaction { try body($0) }
    }

    @discardableResult
    func commit(_ operations: StoreOperation...) throws -> Durability {
        try commit(operations)
    }

    /// Whether publishes are refused.
    var isFull: Bool { store.room < 0 }

    /// Commits the next batch.
    @discardableResult
    func commit(_ operations: [StoreOperation], time: UInt64 = 0) throws -> Durability {
        try store.commit(StoreBatch(index: store.applied + 1, time: time, operations: operations))
    }

    /// Sweeps until there is nothing left to sweep, and tells how many slices that took.
    @discardableResult
    func sweep() throws -> Int {
        var commits = 0
        while store.hasGarbage {
            try store.sweep()
            commits += 1
            try #require(commits < 10_000)
        }
        try store.writeBackAll()
        return commits
    }

    /// The rows of a checked table of the open store.
    func count(_ table: KeyPath<Tables, CheckedTable>) throws -> Int {
        try store.reading("a table") { try $0.count(of: store.tables[keyPath: table].table) }
    }

    /// The rows of a table of the open store.
    func count(_ table: KeyPath<Tables, Table>) throws -> Int {
        try store.reading("a table") { try $0.count(of: store.tables[keyPath: table]) }
    }
}

extension DiskStoreOptions {
    /// A small map with a small reserve, which no disk is too full for; all batches go to the tree unless the log is
    /// asked for.
    static func small(mapSize: Int = 1 << 30, reserve: Int = 1 << 20, usesLog: Bool = false) -> DiskStoreOptions {
        var options = DiskStoreOptions()
        options.mapSize = mapSize
        options.reservePercent = 0
        options.reserveMinimum = reserve
        options.reserveMaximum = reserve
        options.emergencyRoom = 1 << 20
        options.ampleRoom = 0
        options.usesLog = usesLog
        options.identity = .random(in: 2 ... .max)
        return options
    }
}

extension WriteTransaction {
    /// Changes a value in place.
    func change(_ key: [UInt8], in name: String, _ body: (inout [UInt8]) -> Void) throws {
        let table = try table(named: name)
        try key.withUnsafeBytes { key in
            var value = Array(try #require(try get(key, in: table)))
            body(&value)
            try value.withUnsafeBytes { try put(key, $0, in: table) }
        }
    }

    /// Deletes a row that has to be there.
    func remove(_ key: [UInt8], in name: String) throws {
        let table = try table(named: name)
        let found = try key.withUnsafeBytes { try delete($0, in: table) }
        try #require(found)
    }
}

/// The key of a pack, or of a further piece of a large one.
func logKey(_ topic: UInt64, _ base: UInt64, piece: UInt32? = nil) -> [UInt8] {
    var key: [UInt8] = []
    withUnsafeBytes(of: topic.bigEndian) { key += $0 }
    withUnsafeBytes(of: base.bigEndian) { key += $0 }
    if let piece { withUnsafeBytes(of: piece.bigEndian) { key += $0 } }
    return key
}
