// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

@testable import MartletStore

/// What was committed is there after the store was opened again, and nothing else.
struct LoadTests {
    @Test func `the time of the last batch is known again`() throws {
        let disk = try TestStore()
        #expect(disk.state.time == 0)
        try disk.store.commit(
            StoreBatch(index: disk.store.applied + 1, time: 77, operations: [.putTopic(Sample.topic(3))]))
        #expect(try disk.reopen().time == 77)
    }

    let disk: TestStore

    init() throws {
        disk = try TestStore()
    }

    @Test func `a new store knows nothing`() throws {
        #expect(disk.state.topics.isEmpty)
        #expect(disk.state.subscriptions.isEmpty)
        #expect(disk.state.nextTopic == 1)
        #expect(disk.state.nextSubscription == 1)
        #expect(!disk.store.hasGarbage)
        #expect(!disk.isFull)
        #expect(try disk.reopen().topics.isEmpty)
    }

    @Test func `rows come back in the order of their ids`() throws {
        let topics = [Sample.topic(300), Sample.topic(2), Sample.topic(TopicID.ordinary + 1, name: "c")]
        let subscriptions = [Sample.subscription(70, topic: 2), Sample.subscription(4, topic: 300)]
        try disk.commit(topics.map { .putTopic($0) } + subscriptions.map { .putSubscription($0) })
        let state = try disk.reopen()
        #expect(state.topics == [topics[1], topics[0], topics[2]])
        #expect(state.subscriptions.map(\.row) == [subscriptions[1], subscriptions[0]])
    }

    @Test func `a row that is put again replaces the one before`() throws {
        var topic = Sample.topic(3)
        var subscription = Sample.subscription(8)
        try disk.commit(.putTopic(topic), .putSubscription(subscription))
        topic.settings.maxAge = 77
        subscription.floor = 99
        try disk.commit(.putTopic(topic), .putSubscription(subscription))
        let state = try disk.reopen()
        #expect(state.topics == [topic])
        #expect(state.subscriptions.map(\.row) == [subscription])
    }

    @Test func `the last pack says what comes next, and the row what comes next at least`() throws {
        var log = TestLog(5)
        try disk.commit(.putTopic(StoredTopic(id: 5, name: "t", settings: TopicSettings())))
        try disk.commit(.append(log.segment((0..<500).map { body($0) }, packLimit: Pack.shared)))
        var topic = try #require(try disk.reopen().topics.first)
        #expect(topic.next == 501)
        #expect(topic.total == log.total)
        #expect(topic.first == 1)
        // The last message is cut in pieces, so that the last row of the topic is no pack.
        try disk.commit(.append(log.segment([body(9_000)])))
        topic = try #require(try disk.reopen().topics.first)
        #expect(topic.next == 502)
        #expect(topic.total == log.total)
        topic.next = 600
        topic.total = 1 << 40
        try disk.commit(.putTopic(topic))
        #expect(try disk.reopen().topics == [topic])
    }

    @Test func `a topic whose log was swept expiresAt on where its row says`() throws {
        var log = TestLog(5)
        try disk.commit(.append(log.segment([[1], [2], [3]])))
        var topic = StoredTopic(id: 5, name: "t", settings: TopicSettings())
        topic.first = 4
        topic.next = 4
        topic.total = log.total
        topic.trimmed = log.total
        try disk.commit(.putTopic(topic), .trim(topic: 5, first: 4))
        try disk.sweep()
        #expect(try disk.count(\.log) == 0)
        #expect(try disk.reopen().topics == [topic])
    }

    @Test func `ids are never given twice, not even those of what was removed`() throws {
        try disk.commit(
            .putTopic(Sample.topic(TopicID.ordinary + 7)), .putTopic(Sample.topic(3)),
            .putSubscription(Sample.subscription(41)))
        #expect(try disk.reopen().nextTopic == 8)
        #expect(disk.state.nextSubscription == 42)
        try disk.commit(.removeTopic(id: TopicID.ordinary + 7), .removeSubscription(id: 41, position: 41))
        try disk.sweep()
        #expect(try disk.reopen().nextTopic == 8)
        #expect(disk.state.nextSubscription == 42)
        #expect(disk.state.topics.map(\.id) == [3])
        #expect(disk.state.subscriptions.isEmpty)
    }

    @Test func `a commit that throws leaves nothing`() throws {
        try disk.commit(.putTopic(Sample.topic(3)))
        var log = TestLog(5)
        let segment = log.segment([body(600)])
        try disk.commit(.append(segment))
        // LMDB takes no key twice where it appends.
        let error = try #require(throws: StoreError.self) {
            try disk.commit(.putTopic(Sample.topic(4)), .append(segment))
        }
        #expect(error.code == .failed)
        let state = try disk.reopen()
        #expect(state.topics == [Sample.topic(3)])
        #expect(try disk.store.messages(topic: 5) == log.written)
    }

    @Test func `a killed process loses no commit`() async throws {
        disk.close()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = disk.folder as String] in
            let store = try DiskStore(folder: path, options: .small())
            _ = try store.load()
            var log = TestLog(5)
            var index: UInt64 = 1
            func commit(_ operation: StoreOperation) throws {
                try store.commit(StoreBatch(index: index, time: 0, operations: [operation]))
                index += 1
            }
            try commit(.setIDKey(7))
            try commit(.putTopic(StoredTopic(id: 5, name: "t", settings: TopicSettings())))
            for number in 0..<20 { try commit(.append(log.segment([body(number)]))) }
            kill(getpid(), SIGKILL)
        }
        #expect(try disk.reopen().topics.map(\.next) == [21])
        #expect(try disk.store.messages(topic: 5).map(\.body.count) == Array(0..<20))
    }
}
