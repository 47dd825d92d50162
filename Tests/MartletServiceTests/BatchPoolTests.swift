// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock
import MartletModel
import Testing

@testable import MartletService

/// What may wait for the broker.
struct BatchPoolTests {
    private func batch(of bytes: Int, from pool: BatchPool) -> CommandBatch {
        var gathered = CommandGatherer()
        gathered.add(.set(SetRecord(space: "s", key: [97], expected: .any, value: Array(repeating: 1, count: bytes))))
        return pool.batch(&gathered, of: ConnectionID(1))
    }

    @Test func `it is crowded at its limit and not one byte below`() {
        let pool = BatchPool(limit: 1_000)
        let first = batch(of: 999, from: pool)
        #expect(!pool.isCrowded)
        let second = batch(of: 1, from: pool)
        #expect(pool.isCrowded)
        #expect(pool.bytesWaiting == 1_000)
        pool.give([second])
        #expect(!pool.isCrowded)
        pool.give([first])
        #expect(pool.bytesWaiting == 0)
    }

    @Test func `those who wait for room are called once, when there is some`() {
        let pool = BatchPool(limit: 1_000)
        let batches = (1...3).map { _ in batch(of: 500, from: pool) }
        let calls = Lock(0)
        pool.whenRoom { calls.withLock { $0 += 1 } }
        pool.give([batches[0]])
        #expect(calls.withLock { $0 } == 0, "1,000 bytes wait")
        pool.give([batches[1]])
        #expect(calls.withLock { $0 } == 1)
        pool.give([batches[2]])
        #expect(calls.withLock { $0 } == 1)
        pool.whenRoom { calls.withLock { $0 += 1 } }
        #expect(calls.withLock { $0 } == 2, "there is room already")
    }
}
