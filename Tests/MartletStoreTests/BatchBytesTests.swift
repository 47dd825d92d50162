// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletModel
import Testing

@testable import MartletStore

/// Batches as bytes: what is read is what was written, and nothing else is a batch.
struct BatchBytesTests {
    private func sample() throws -> StoreBatch {
        var log = TestLog(5)
        let keyed = KeyedRow(table: .state, key: [1, 2], value: body(3_000), expiresAt: 77)
        var loss = Ending(.lost, first: 3, last: 9, time: 4)
        (loss.by, loss.note, loss.reason) = ("c", "n", "r")
        return StoreBatch(
            index: 1, time: 3,
            operations: [
                .setIDKey(.max), .putTopic(Sample.topic(5)), .putSubscription(Sample.subscription(4, topic: 5)),
                .append(log.segment([body(0), body(20), body(9_000)])),
                .rememberIDs(topic: 5, ids: [MessageID(hash: .max, offset: 1, sum: 7, time: 9)]),
                .putChunk(position: 4, chunk: 0, words: (0..<64).map { $0 }),
                .putChunk(position: 4, chunk: 1, words: nil), .removeChunks(position: 4, below: 1),
                .putDeferred(position: 4, row: Sample.deferred(2, due: 8, attempts: 10), replacing: nil),
                .removeDeferred(position: 4, offset: 2, due: 8), .putEnding(position: 4, loss),
                .putEnding(position: 4, Ending(.dead, first: 2, last: 2, time: 1)),
                .removeEndings(position: 4, below: 2), .removeLoss(position: 4, last: 9),
                .putRow(keyed, replacing: nil), .removeRow(.state, key: [1, 2], expiresAt: 77),
                .forgetIDs(topic: 5, below: 1), .trim(topic: 5, first: 2),
                .removeSubscription(id: 4, position: 4), .removeTopic(id: 5),
            ])
    }

    @Test func `a batch of every operation is read as it was written`() throws {
        let batch = try sample()
        let read = try StoreBatch(bytes: batch.bytes)
        #expect(read.bytes == batch.bytes)
        #expect(read.index == 1)
        #expect(read.operations.count == batch.operations.count)
    }

    @Test func `what a returned message replaces is read as it was written, for one that was parked too`() throws {
        var parked = Sample.deferred(2, due: Deferred.never, attempts: 1)
        parked.isParked = true
        for replaced in [nil, 0, 8, Deferred.never] {
            let operation = StoreOperation.putDeferred(position: 4, row: parked, replacing: replaced)
            let read = try StoreBatch(bytes: StoreBatch(index: 1, time: 3, operations: [operation]).bytes)
            guard case .putDeferred(4, let row, let replacing)? = read.operations.first else {
                Issue.record("another operation was read")
                continue
            }
            #expect(replacing == replaced)
            #expect(row == parked)
        }
    }

    @Test func `a batch that is cut, longer or has one wrong bit is damage`() throws {
        let bytes = try sample().bytes
        for count in stride(from: 0, to: bytes.count, by: 97) {
            #expect(throws: StoreError.self) { try StoreBatch(bytes: Array(bytes[..<count])) }
        }
        #expect(throws: StoreError.self) { try StoreBatch(bytes: bytes + [0]) }
        for place in stride(from: 0, to: bytes.count, by: 101) {
            var wrong = bytes
            wrong[place] ^= 16
            #expect(throws: StoreError.self) { try StoreBatch(bytes: wrong) }
        }
    }

    @Test func `a batch that was applied is skipped, and one that comes too early is refused`() throws {
        let disk = try TestStore()
        var log = TestLog(5)
        let applied = disk.store.applied
        let batch = StoreBatch(
            index: applied + 1, time: 0, operations: [.putTopic(Sample.topic(5)), .append(log.segment([body(1)]))])
        for _ in 1...3 { try disk.store.commit(batch) }
        try disk.reopen()
        try disk.store.commit(batch)
        #expect(disk.store.applied == applied + 1)
        #expect(try disk.store.messages(topic: 5) == log.written)
        let error = try #require(throws: StoreError.self) {
            try disk.store.commit(StoreBatch(index: applied + 3, time: 0, operations: []))
        }
        #expect(error.description == "batch \(applied + 3) cannot follow batch \(applied + 1)")
    }

    @Test func `a batch that changes no row is a commit all the same`() throws {
        // LMDB flushes nothing for a transaction without changes, and what was committed before would stay in doubt.
        let disk = try TestStore()
        let before = disk.store.environment.statistics.lastTransaction
        try disk.commit(.forgetIDs(topic: 99, below: 5))
        #expect(disk.store.environment.statistics.lastTransaction == before + 1)
    }
}
