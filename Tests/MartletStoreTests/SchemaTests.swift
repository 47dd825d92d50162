// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import MartletModel
import Testing

@testable import MartletStore

/// Files of other versions, and files that have lost what every file holds.
struct SchemaTests {
    /// A folder with a file that an earlier version of the broker wrote, in the life that the tests know.
    private func folder(_ fixture: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(fixture).mdb")
        try FileManager.default.copyItem(at: file, to: folder.appending(path: "data.mdb"))
        return folder.path
    }

    private func withStore(_ fixture: String, _ body: (DiskStore, StoredState) throws -> Void) throws {
        let folder = try folder(fixture)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The second time it is of this version.
        for _ in 1...2 {
            let store = try DiskStore(folder: folder, options: .small())
            try body(store, try store.load())
        }
    }

    private func bodies(_ store: DiskStore, topic: UInt64) throws -> [String] {
        try store.messages(topic: topic).map { String(decoding: $0.body.prefix(8), as: UTF8.self) }
    }

    @Test func `a file of version 1 is taken over with all that it holds`() throws {
        try withStore("schema-1") { store, state in
            let topic = try #require(state.topics.first { $0.name == "orders" })
            #expect(topic.settings.maxAge == 365 * 86_400_000)
            #expect(topic.settings.dedupWindow == 86_400_000)
            #expect(topic.next == 9)
            #expect(topic.lastTime > 1_700_000_000_000)
            #expect(try bodies(store, topic: topic.id) == (1...8).map { "body-\($0)" })
            let billing = try #require(state.subscriptions.first { $0.row.name == "billing" })
            #expect(billing.row.floor == 3)
            #expect(billing.row.start == 1)
            #expect(billing.row.position == billing.row.id)
            #expect(billing.row.dead == 1)
            #expect(billing.row.settings.backoff == [3_600_000])
            #expect(billing.chunks.map(\.words?[0]) == [0b110_1111])
            // It gets the key of its ids with the first batch, as a new file does.
            #expect(state.idKey == nil)
            #expect(state.applied == 0)
            let failed = try #require(try store.deferred(position: billing.row.position, offset: 4))
            #expect(failed.failures == 1)
            #expect(failed.note == "first")
            #expect(failed.attempts.map(\.outcome) == [.nack])
            #expect(failed.attempts.map(\.code) == ["E1"])
        }
    }

    @Test func `a file of version 2 is taken over with all that it holds`() throws {
        try withStore("schema-2") { store, state in
            let topic = try #require(state.topics.first { $0.name == "orders" })
            #expect(topic.settings.dedupWindow == 30 * 86_400_000)
            #expect(try bodies(store, topic: topic.id) == (1...12).map { "body-\($0)" } + ["xxxxxxxx"])
            var ids: [UInt64] = []
            try store.ids(topic: topic.id) { ids.append($0.offset) }
            #expect(ids == Array(1...12))
            let billing = try #require(state.subscriptions.first { $0.row.name == "billing" })
            #expect(billing.hasReceipts)
            #expect(try store.deferredOffsets(position: billing.row.id, in: 0..<100, limit: .max) == [4, 7])
            #expect(
                try store.due(position: billing.row.id, after: Due(time: 0, offset: 0), limit: 9).map(\.offset).sorted()
                    == [4, 7])
            let small = try #require(try store.row(.state, key: StateRecord.rowKey(space: "process", key: "order-1")))
            #expect(try StateRecord(small).value == Array("value".utf8))
            let large = try #require(try store.row(.state, key: StateRecord.rowKey(space: "process", key: "order-2")))
            #expect(try StateRecord(large).value == Array(repeating: UInt8(ascii: "v"), count: 4_000))
            #expect(large.expiresAt != nil)
            let receipt = try #require(
                try store.row(.receipts, key: Receipt.rowKey(subscription: billing.row.id, key: "o-1".utf8)))
            #expect(try Receipt.outcome(of: receipt) == "done")
            let outcome = try #require(try store.row(.outcomes, key: Array("tx-1".utf8)))
            #expect(StoredOutcome(outcome).isCommitted)
            #expect(
                try store.heads(.state, prefix: StateRecord.rowKey(space: "process", key: ""), after: [], limit: 9)
                    .count == 3)
            #expect(state.applied == 1)
        }
    }

    @Test func `a file of version 3, which had no journal, gets one`() throws {
        let disk = try TestStore()
        try disk.commit(.putTopic(Sample.topic(3)))
        for attempt in 1...2 {
            // The second time as if the power had failed before the file said what journal it has.
            try disk.tamper { transaction in
                try transaction.change(Array("schema".utf8), in: "meta") { $0[7] = 3 }
                try transaction.remove(Array("journal".utf8), in: "meta")
            }
            if attempt == 1 { try FileManager.default.removeItem(atPath: disk.folder + "/journal.0") }
            let state = try disk.reopen()
            #expect(state.topics.map(\.id) == [3])
            #expect(state.applied == 2)
        }
        try disk.commit(.putTopic(Sample.topic(4)))
        #expect(try disk.reopen().topics.map(\.id) == [3, 4])
    }

    @Test(arguments: [UInt8(0), 5, 255])
    func `a file of an unknown version is refused with both versions`(version: UInt8) throws {
        let disk = try TestStore()
        try disk.tamper { try $0.change(Array("schema".utf8), in: "meta") { $0[7] = version } }
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .schema)
        #expect(
            error.description == "the data file has schema version \(version), and this martlet knows 1 to 4")
        // What was refused was not changed, and the folder is free again.
        try disk.tamper { try $0.change(Array("schema".utf8), in: "meta") { $0[7] = 4 } }
        try disk.reopen()
    }

    @Test func `a schema version that is no number is refused`() throws {
        let disk = try TestStore()
        try disk.tamper { try $0.change(Array("schema".utf8), in: "meta") { $0 = [1] } }
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .schema)
        #expect(error.description.hasPrefix("the data file has schema version none that can be read"))
    }

    @Test func `a file that has lost its schema row or its table of tables is never taken for a new one`() throws {
        for damage in ["schema", "meta"] {
            let disk = try TestStore()
            try disk.commit(.setIDKey(7), .putTopic(Sample.topic(3)))
            try disk.tamper { transaction in
                if damage == "schema" { return try transaction.remove(Array("schema".utf8), in: "meta") }
                // As after a bit that was lost in the page of the table's root.
                try transaction.clear(try transaction.table(named: "meta"))
            }
            let error = try #require(throws: StoreError.self) { try disk.reopen() }
            #expect(error.code == .damaged)
            #expect(error.description.contains("says no schema version"))
        }
    }

    @Test func `a file that has lost the key of its ids is refused`() throws {
        let disk = try TestStore()
        try disk.commit(.setIDKey(7), .putTopic(Sample.topic(3)))
        try disk.tamper { try $0.remove(Array("id-key".utf8), in: "meta") }
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .damaged)
        #expect(error.description.contains("the key of its ids"))
    }

    @Test func `a file that uses what this martlet does not know is refused`() throws {
        var bytes = Sample.topic(name: "t").encoded
        bytes[14] = 1
        let error = try #require(throws: StoreError.self) {
            _ = try bytes.withUnsafeBytes { try StoredTopic(id: 1, $0) }
        }
        #expect(error.code == .schema)
    }
}

extension StateRecord {
    fileprivate static func rowKey(space: String, key: String) -> [UInt8] { rowKey(space: space, key: Array(key.utf8)) }
}
