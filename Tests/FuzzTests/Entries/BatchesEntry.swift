// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C
import MartletModel

@testable import MartletStore

/// The byte form of batches: the bytes get the checksum of a batch, so that what is behind it is read too.
///
/// What is read once is read again when it is written.
enum BatchesEntry {
    static func read(_ bytes: [UInt8]) throws {
        guard let batch = batch(checked(bytes)) else {
            try BrokenProperty.unless(
                self.batch(bytes) == nil, "a batch with another checksum is read, and not with its own")
            return
        }
        // Texts are repaired, numbers clamped and long lists cut when they are read, and are what they are then.
        let written = batch.bytes
        guard let second = self.batch(written) else { throw BrokenProperty(description: "a batch is not read again") }
        try BrokenProperty.unless(
            second.index == batch.index && second.operations.count == batch.operations.count,
            "a batch of \(batch.operations.count) operations is read again as one of \(second.operations.count)")
        try BrokenProperty.unless(second.bytes == written, "a batch is read as another one than was written")
    }

    private static func batch(_ bytes: [UInt8]) -> StoreBatch? { try? StoreBatch(bytes: bytes) }

    private static func checked(_ bytes: [UInt8]) -> [UInt8] {
        let sum = bytes.withUnsafeBytes { martlet_crc32c(0, $0.baseAddress, $0.count) }
        return bytes + withUnsafeBytes(of: sum.littleEndian) { Array($0) }
    }

    static var seeds: [[UInt8]] {
        let pack = Segment(topic: 5, base: 1, total: 0, packLimit: Pack.largest)
        ([2, 0, 104, 1, 0] as [UInt8]).withUnsafeBytes { pack.append(messages: $0, time: 7) }
        pack.close()
        let topic = StoredTopic(id: 5, name: "t", settings: TopicSettings())
        let subscription = StoredSubscription(
            id: 4, topic: 5, name: "g", settings: SubscriptionSettings(), floor: 0)
        let deferred = Deferred(
            offset: 2, failures: 1, deliveries: 1, due: 8, firstDelivered: 3, note: "n",
            attempts: [Attempt(time: 1, consumer: "c/1", outcome: .timeout, code: "x", duration: 2)])
        let batches: [[StoreOperation]] = [
            [], [.setIDKey(7)], [.putTopic(topic), .removeTopic(id: 5)],
            [.putSubscription(subscription), .removeSubscription(id: 4, position: 4)], [.append(pack)],
            [.putChunk(position: 4, chunk: 0, words: (0..<64).map { $0 })],
            [.putChunk(position: 4, chunk: 1, words: nil)],
            [.removeChunks(position: 4, below: 1), .trim(topic: 5, first: 2), .forgetIDs(topic: 5, below: 1)],
            [.putDeferred(position: 4, row: deferred, replacing: 3), .removeDeferred(position: 4, offset: 2, due: 8)],
            [
                .putEnding(position: 4, Ending(.dead, first: 2, last: 2, time: 1)),
                .removeEndings(position: 4, below: 2),
            ],
            [.removeLoss(position: 4, last: 9), .removeRow(.state, key: [1, 2], expiresAt: 77)],
            [.rememberIDs(topic: 5, ids: [MessageID(hash: .max, offset: 1, sum: 7, time: 9)])],
            [.putRow(KeyedRow(table: .state, key: [1, 2], value: [3, 4], expiresAt: 77), replacing: nil)],
        ]
        return batches.map { StoreBatch(index: 1, time: 5, operations: $0).bytes.dropLast(4) }
    }
}
