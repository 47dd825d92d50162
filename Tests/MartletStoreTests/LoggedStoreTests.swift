// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import MartletModel
import Testing

@testable import MartletStore

/// A store whose small batches go to the journal first.
struct LoggedStoreTests {
    private let disk: TestStore

    init() throws {
        disk = try TestStore(.small(usesLog: true))
        try disk.commit(.putTopic(Sample.topic(5)))
        try disk.store.writeBackAll()
    }

    private func lastTransaction() -> Int { disk.store.environment.statistics.lastTransaction }

    @Test func `a small batch is durable at once and reaches the tree later`() throws {
        var log = TestLog(5)
        let before = lastTransaction()
        for _ in 1...20 { #expect(try disk.commit(.append(log.segment([body(100)]))) == .durable) }
        #expect(try disk.store.messages(topic: 5) == log.written)
        #expect(disk.store.isBehind)
        try disk.store.writeBack(isBusy: false)
        #expect(lastTransaction() == before)
        try disk.store.writeBackAll()
        #expect(lastTransaction() == before + 1)
        // What is left is to take room ahead.
        var turns = 0
        while disk.store.isBehind, turns < 100 {
            try disk.store.writeBackAll()
            turns += 1
        }
        #expect(turns > 1)
        #expect(!disk.store.isBehind)
        #expect(lastTransaction() == before + 1)
        #expect(disk.store.durable == disk.store.applied)
        try disk.reopen()
        #expect(disk.store.recovery == Recovery(batches: 0, isCut: false))
        #expect(try disk.store.messages(topic: 5) == log.written)
    }

    @Test func `what the tree lacks is there after the process has ended`() throws {
        var log = TestLog(5)
        for _ in 1...20 { try disk.commit(.append(log.segment([body(100), body(3_000)]))) }
        try disk.reopen()
        #expect(disk.store.recovery == Recovery(batches: 20, isCut: false))
        #expect(disk.state.applied == 22)
        #expect(try disk.store.messages(topic: 5) == log.written)
        #expect(disk.store.durable == disk.store.applied)
    }

    @Test func `a large batch goes to the tree, and is flushed before the journal goes on`() throws {
        var log = TestLog(5)
        try disk.commit(.append(log.segment([body(100)])))
        #expect(try disk.commit(.append(log.segment([body(400_000)]))) == .committed)
        let large = disk.store.applied
        #expect(disk.store.committed == large)
        #expect(disk.store.durable < large)
        #expect(try disk.commit(.append(log.segment([body(100)]))) == .durable)
        #expect(disk.store.durable == large)
        try disk.reopen()
        #expect(disk.store.recovery.batches == 1)
        #expect(try disk.store.messages(topic: 5) == log.written)
    }

    @Test func `behind large batches a middling one goes to the tree too`() throws {
        var log = TestLog(5)
        #expect(try disk.commit(.append(log.segment([body(200_000)]))) == .durable)
        #expect(try disk.commit(.append(log.segment([body(400_000)]))) == .committed)
        #expect(try disk.commit(.append(log.segment([body(200_000)]))) == .committed)
        try disk.store.sync()
        #expect(try disk.commit(.append(log.segment([body(200_000)]))) == .durable)
    }

    @Test func `a large batch of which every message changes another page goes to the journal`() throws {
        var logs = (10..<600).map { TestLog(UInt64($0)) }
        let batch = logs.indices.map { StoreOperation.append(logs[$0].segment([body(600)])) }
        #expect(try disk.commit(batch) == .durable)
        try disk.reopen()
        for log in logs { #expect(try disk.store.messages(topic: log.topic) == log.written) }
    }

    @Test func `a portion is committed when it is large, and when it is old`() throws {
        var log = TestLog(5)
        var before = lastTransaction()
        while disk.store.portion.bytes < 300 << 10 { try disk.commit(.append(log.segment([body(50_000)]))) }
        try disk.store.writeBack(isBusy: true)
        #expect(lastTransaction() == before)
        try disk.store.writeBack(isBusy: false)
        #expect(lastTransaction() == before + 1)
        #expect(disk.store.portion.bytes == 0)
        before = lastTransaction()
        try disk.commit([.append(log.segment([body(5)]))], time: 10_000)
        try disk.commit([.append(log.segment([body(5)]))], time: 10_999)
        try disk.store.writeBack(isBusy: true)
        #expect(lastTransaction() == before)
        try disk.commit([.append(log.segment([body(5)]))], time: 11_000)
        try disk.store.writeBack(isBusy: true)
        #expect(lastTransaction() == before + 1)
    }

    @Test func `a change for which the map is too small is made again in a larger one, with what the journal has`()
        throws
    {
        let disk = try TestStore(.small(mapSize: 4 << 20, reserve: 0, usesLog: true))
        var log = TestLog(5)
        try disk.commit(.putTopic(Sample.topic(5)))
        // No portion is committed in between, so that one change overruns the map.
        while log.next < 60 {
            #expect(try disk.commit(.append(log.segment([body(100_000)]))) == .durable)
            #expect(try disk.store.messages(topic: 5, from: log.next - 1) == log.written(from: log.next - 1))
        }
        #expect(try disk.store.messages(topic: 5) == log.written)
        try disk.store.writeBackAll()
        try disk.reopen()
        #expect(try disk.store.messages(topic: 5) == log.written)
    }

    @Test func `what the journal holds counts as used room`() throws {
        var log = TestLog(5)
        let before = disk.store.statistics.usedBytes
        for _ in 1...10 { try disk.commit(.append(log.segment([body(50_000)]))) }
        #expect(disk.store.statistics.usedBytes >= before + 480_000)
    }

    @Test func `a sweep is committed at its end`() throws {
        var log = TestLog(5)
        for _ in 1...30 { try disk.commit(.append(log.segment([body(2_000)]))) }
        try disk.commit(.trim(topic: 5, first: log.next))
        try disk.store.writeBack(isBusy: true)
        // The slice that came with the batch did it all.
        try disk.sweep()
        #expect(try disk.count(\.log) == 0)
        try disk.reopen()
        #expect(!disk.store.hasGarbage)
        #expect(try disk.count(\.log) == 0)
    }

    @Test func `a data file without its journal or with another one is refused, and a journal without its data file`()
        throws
    {
        try disk.commit(.putTopic(Sample.topic(6)))
        disk.close()
        let (journal, data) = (disk.folder + "/journal.0", disk.folder + "/data.mdb")
        let aside = disk.folder + ".aside"
        defer { try? FileManager.default.removeItem(atPath: aside) }
        try FileManager.default.moveItem(atPath: journal, toPath: aside)
        var error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .folder)
        #expect(error.description.contains("has lost its journal"))
        let other = try TestStore(.small(usesLog: true))
        try FileManager.default.copyItem(atPath: other.folder + "/journal.0", toPath: journal)
        error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.description.contains("belongs to another data file"))
        try FileManager.default.removeItem(atPath: journal)
        try FileManager.default.moveItem(atPath: aside, toPath: journal)
        try FileManager.default.moveItem(atPath: data, toPath: aside)
        error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.description.contains("has a journal with messages in it and no data file"))
        try FileManager.default.moveItem(atPath: aside, toPath: data)
        #expect(try disk.reopen().topics.map(\.id) == [5, 6])
    }

    @Test func `a start whose journal needs a larger map applies each batch once`() throws {
        let disk = try TestStore(.small(mapSize: 64 << 20, reserve: 0, usesLog: true))
        var log = TestLog(5)
        try disk.commit(.putTopic(Sample.topic(5)))
        // As many as one change can hold, none of which is written back.
        while log.next < 80 { try disk.commit(.append(log.segment([body(100_000)]))) }
        try disk.reopen(.small(mapSize: 4 << 20, reserve: 0, usesLog: true))
        #expect(try disk.store.messages(topic: 5) == log.written)
        try disk.reopen()
        #expect(try disk.store.messages(topic: 5) == log.written)
    }

    @Test func `ids of what was undone are not given again`() throws {
        let disk = try TestStore(.small(mapSize: 4 << 20, reserve: 0, usesLog: true))
        try disk.commit(.putTopic(Sample.topic(5)), .putSubscription(Sample.subscription(8, topic: 5)))
        var log = TestLog(5)
        while log.next < 60 { try disk.commit(.append(log.segment([body(100_000)]))) }
        try disk.store.writeBackAll()
        let state = try disk.reopen()
        #expect(state.nextSubscription == 9)
        #expect(state.nextTopic == 6)
    }

    @Test func `levels are told while changes wait`() throws {
        try disk.commit(.putTopic(Sample.topic(6)))
        try disk.store.applyTaken()
        #expect(disk.store.transaction != nil)
        #expect(disk.store.levels?.freePages != nil)
        try disk.store.writeBackAll()
        #expect(disk.store.levels?.freePages != nil)
    }

    @Test func `a file of before the journal takes no journal that holds messages`() throws {
        try disk.commit(.putTopic(Sample.topic(6)))
        try disk.tamper { transaction in
            try transaction.change(Array("schema".utf8), in: "meta") { $0[7] = 3 }
            try transaction.remove(Array("journal".utf8), in: "meta")
        }
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .folder)
        #expect(error.description.contains("holds messages of another"))
    }
}
