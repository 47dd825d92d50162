// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletStore

/// One damaged pack neither keeps a store from opening nor makes it forget what it gave out.
struct DamageAtStartTests {
    let disk: TestStore
    let log: TestLog

    init() throws {
        disk = try TestStore()
        var log = TestLog(5)
        try disk.commit(.putTopic(StoredTopic(id: 5, name: "t", settings: TopicSettings())))
        for number in 0..<4 {
            try disk.commit(.append(log.segment((0..<3).map { body(50, seed: $0) }, time: UInt64(10 * number))))
        }
        self.log = log
    }

    @Test(arguments: [0, 2, 8, 24, 40])
    func `the next offset is never one that a damaged last pack holds`(_ byte: Int) throws {
        try disk.tamper { try $0.change(logKey(5, 10), in: "log") { $0[byte] ^= 1 } }
        let topic = try #require(try disk.reopen().topics.first)
        #expect(topic.next >= 13)
    }

    @Test(arguments: [0, 40])
    func `a search by time passes a damaged pack by`(_ byte: Int) throws {
        try disk.tamper { try $0.change(logKey(5, 4), in: "log") { $0[byte] ^= 1 } }
        try disk.reopen()
        #expect(try disk.store.offset(topic: 5, at: 20) == 7)
        #expect(try disk.store.offset(topic: 5, at: 30) == 10)
    }

    @Test func `a last pack whose time is damaged does not make all messages look old`() throws {
        try disk.tamper { try $0.change(logKey(5, 10), in: "log") { $0[16] = 0 } }
        try disk.reopen()
        // Nothing found would mean that all messages are older than that, and retention would drop them.
        #expect(try disk.store.offset(topic: 5, at: 10) == 4)
    }

    @Test func `what is not a row of a topic is damage, and says so`() throws {
        try disk.tamper { try $0.change(Array(logKey(5, 0)[..<8]), in: "topics") { $0.removeLast() } }
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .damaged)
    }

    @Test(arguments: ["topics", "subscriptions", "acks"])
    func `one flipped bit in a row that decides deliveries is damage, and says which table`(table: String) throws {
        try disk.commit(
            .putTopic(Sample.topic(8)), .putSubscription(Sample.subscription(8, topic: 8)),
            .putChunk(position: 8, chunk: 0, words: [UInt64](repeating: 1, count: 64)))
        let key = table == "acks" ? logKey(8, 0) : Array(logKey(8, 0)[..<8])
        for place in [0, 9, 40] {
            try disk.tamper { try $0.change(key, in: table) { $0[place] ^= 4 } }
            let error = try #require(throws: StoreError.self) { try disk.reopen() }
            #expect(error.code == .damaged)
            #expect(error.description == "a row of the table '\(table)' is not what was written")
            try disk.tamper { try $0.change(key, in: table) { $0[place] ^= 4 } }
        }
        try disk.reopen()
    }

    @Test func `one flipped bit in a record or receipt is never handed out`() throws {
        let record = StateRecord(space: "s", key: [97], version: 3, time: 5, expires: nil, value: body(4_000)).row
        let receipt = Receipt(subscription: 1, key: [97], outcome: "done", time: 5, expiresAt: 9).row
        try disk.commit(.putRow(record, replacing: nil), .putRow(receipt, replacing: nil))
        for (row, table) in [(record, "state"), (receipt, "receipts")] {
            let key = row.key + [0, 0, 0]
            try disk.tamper { try $0.change(key, in: table) { $0[20] ^= 1 } }
            try disk.reopen()
            let error = try #require(throws: StoreError.self) { try disk.store.row(row.table, key: row.key) }
            #expect(error.code == .damaged)
        }
        let error = try #require(throws: StoreError.self) {
            try disk.store.heads(.state, prefix: StateRecord.rowKey(space: "s", key: []), after: [], limit: 9)
        }
        #expect(error.code == .damaged)
    }

    @Test func `a chunk of acks of another size is damage, and says so`() throws {
        try disk.commit(
            .putSubscription(Sample.subscription(8, topic: 5)),
            .putChunk(position: 8, chunk: 0, words: [UInt64](repeating: 1, count: 64)))
        try disk.tamper { try $0.change(logKey(8, 0), in: "acks") { $0.removeLast() } }
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .damaged)
        #expect(error.description == "a row of the table 'acks' is not what was written")
    }
}
