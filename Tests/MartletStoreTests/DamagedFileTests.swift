// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

@testable import LMDB
@testable import MartletStore

/// A file that is damaged is refused with what is wrong and what to do; damage that loses nothing is counted.
struct DamagedFileTests {
    let disk: TestStore

    init() throws {
        disk = try TestStore()
    }

    private var file: URL { URL(fileURLWithPath: disk.folder + "/data.mdb") }

    private func refusal(_ bytes: Data) throws -> StoreError {
        disk.close()
        try bytes.write(to: file)
        return try #require(throws: StoreError.self) { try disk.reopen() }
    }

    @Test func `a file that was cut off is refused, and says how much is missing`() throws {
        disk.close()
        let whole = try Data(contentsOf: file)
        let error = try refusal(whole.prefix(whole.count / 2))
        #expect(error.code == .damaged)
        #expect(error.description.contains("it ends after \(whole.count / 2) bytes"))
        #expect(error.description.contains("start with a copy of the folder"))
        #expect(try Data(contentsOf: file).count == whole.count / 2)
    }

    @Test func `a file of zeros from a cut at its making says that it can go`() throws {
        let error = try refusal(Data(count: 8_192))
        #expect(error.code == .damaged)
        #expect(error.description.contains("remove data.mdb and lock.mdb"))
    }

    @Test func `a new file gets its name when it is whole`() throws {
        disk.close()
        let draft = disk.folder + "/data.new"
        #expect(!FileManager.default.fileExists(atPath: draft))
        // What an attempt that was cut short has left, whatever it is, is made anew.
        for left in [Data(), Data(count: 8_192), Data(repeating: 7, count: 5_000)] {
            for path in [file.path, disk.folder + "/lock.mdb"] { try? FileManager.default.removeItem(atPath: path) }
            try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: true)
            try left.write(to: URL(fileURLWithPath: draft + "/data.mdb"))
            #expect(try disk.reopen().applied == 0)
            #expect(!FileManager.default.fileExists(atPath: draft))
            #expect(try disk.reopen().idKey == 7)
            disk.close()
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: disk.folder).sorted()
        #expect(names == ["data.mdb", "journal.0", "lock.mdb", "martlet.lock"])
    }

    @Test func `a draft beside a file that has its name is of no concern`() throws {
        try disk.commit(.putTopic(Sample.topic(5)))
        disk.close()
        let draft = disk.folder + "/data.new"
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: true)
        try Data(count: 8_192).write(to: URL(fileURLWithPath: draft + "/data.mdb"))
        #expect(try disk.reopen().topics.count == 1)
    }

    @Test(arguments: ["log", "topics", "due"])
    func `a file that lost a table is not given a new one`(_ name: String) throws {
        disk.close()
        var bytes = Array(try Data(contentsOf: file))
        // Where the root of the table stands under its name, it stands under another that is in order there.
        let wanted = Array(name.utf8)
        for place in 8_192..<(bytes.count - 20) where bytes[place..<(place + wanted.count)].elementsEqual(wanted) {
            guard bytes[place - 2] == wanted.count, bytes[place - 1] == 0 else { continue }
            bytes[place + wanted.count - 1] -= 1
        }
        try Data(bytes).write(to: file)
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .damaged)
        #expect(error.description.contains("'\(name)'"))
    }

    @Test func `a map that does not fit the address space names the setting`() {
        let cause = LMDBError(code: .noMemory, operation: "mdb_env_open")
        let error = StoreError(opening: "data", mapSize: 1 << 40, cause)
        #expect(error.description.contains("storage.map-size, 1048576 MiB"))
        #expect(error.description.contains("ulimit -v"))
    }

    @Test func `a returned message whose row is damaged is there without its history`() throws {
        try disk.commit(.putDeferred(position: 4, row: Sample.deferred(2, due: 80), replacing: nil))
        try disk.tamper { try $0.change(logKey(4, 2), in: "deferred") { $0[3] ^= 1 } }
        try disk.reopen()
        let row = try #require(try disk.store.deferred(position: 4, offset: 2))
        #expect(row.failures == 0 && row.deliveries == 0 && row.attempts.isEmpty)
        // It is known when it is due, so that it can be taken from the index.
        #expect(row.due == 80)
        #expect(disk.store.damagedRows == 1)
        try disk.commit(.removeDeferred(position: 4, offset: 2, due: row.due))
        #expect(try disk.store.due(position: 4, after: Due(time: 0, offset: 0), limit: 9).isEmpty)
    }
}

/// What was loaded must fit together.
struct LoadedStateTests {
    private func state(_ body: (inout StoredState) -> Void = { _ in }) -> StoredState {
        var topic = StoredTopic(id: 1, name: "t", settings: TopicSettings())
        topic.next = 11
        let row = StoredSubscription(id: 1, topic: 1, name: "g", settings: SubscriptionSettings(), floor: 3)
        var state = StoredState()
        state.topics = [topic]
        state.subscriptions = [StoredState.Subscription(row: row, chunks: [])]
        (state.nextTopic, state.nextSubscription) = (2, 2)
        body(&state)
        return state
    }

    @Test func `rows that fit together are right`() throws {
        _ = try state().checked()
        _ = try state { $0.subscriptions[0].row.floor = 10 }.checked()
        // Offset 4 is settled, and those up to the floor are not counted.
        let words = [0b11111] + [UInt64](repeating: 0, count: 63)
        _ = try state {
            $0.subscriptions[0].chunks = [(0, words)]
            $0.subscriptions[0].row.settledAbove = 1
        }.checked()
        // One that begins at an offset to come.
        _ = try state { ($0.subscriptions[0].row.floor, $0.subscriptions[0].row.start) = (99, 100) }.checked()
    }

    @Test func `rows that contradict each other are damage`() throws {
        let wrong: [(inout StoredState) -> Void] = [
            { $0.topics[0].first = 12 }, { $0.topics[0].first = 0 }, { $0.nextTopic = 1 },
            { $0.subscriptions[0].row.topic = 2 }, { $0.subscriptions[0].row.position = 2 },
            { $0.subscriptions[0].row.floor = 11 }, { $0.subscriptions[0].row.settledAbove = 1 },
            { $0.subscriptions[0].chunks = [(1, nil)] },
        ]
        for change in wrong {
            let error = try #require(throws: StoreError.self) { try state(change).checked() }
            #expect(error.code == .damaged)
        }
    }
}
