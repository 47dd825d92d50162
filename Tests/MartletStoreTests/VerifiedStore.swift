// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletStore

/// A store with something of everything in it, all of which fits together.
struct VerifiedStore {
    static let topic: UInt64 = TopicID.ordinary + 1
    static let position: UInt64 = 1
    let disk: TestStore

    init() throws {
        disk = try TestStore()
        let topic = Self.topic
        var row = StoredTopic(id: topic, name: "orders", settings: TopicSettings())
        row.hasExpiring = true
        try disk.commit(.putTopic(row))
        var log = TestLog(topic)
        try disk.commit(
            .rememberIDs(topic: topic, ids: [MessageID(hash: 5, offset: 1, sum: 1, time: 1)]),
            .markProcesses(topic: topic, [ProcessMark(offset: 2, hash: 77)]),
            .putExpiries(topic: topic, [Due(time: 5_000, offset: 3)]),
            .append(log.segment((0..<40).map { body(100, seed: $0) }, time: 1)))
        try disk.commit(.append(log.segment([body(30_000)], time: 2)))
        for time in 3..<40 {
            try disk.commit(.append(log.segment((0..<20).map { body(90, seed: $0) }, time: UInt64(time))))
        }
        var subscription = StoredSubscription(
            id: 1, topic: topic, name: "billing", settings: SubscriptionSettings(), floor: 3)
        (subscription.settledAbove, subscription.deferredRows, subscription.parked) = (2, 2, 1)
        subscription.losses = 1
        var words = [UInt64](repeating: 0, count: 64)
        words[0] = 0b11_1111 & ~0b100_0000
        var parked = Sample.deferred(9, due: Deferred.never)
        parked.isParked = true
        try disk.commit(
            .putSubscription(subscription), .putChunk(position: 1, chunk: 0, words: words),
            .putDeferred(position: 1, row: Sample.deferred(8, due: 700), replacing: nil),
            .putDeferred(position: 1, row: parked, replacing: nil),
            .putEnding(position: 1, Ending(.dead, first: 4, last: 4, time: 9)),
            .putEnding(position: 1, Ending(.purged, first: 1, last: 2, time: 9)))
        try disk.commit(records())
    }

    private func records() -> [StoreOperation] {
        let state = StateRecord(
            space: "s", key: [107], version: 3, time: 5, expires: 900, value: body(5_000))
        let receipt = Receipt(subscription: 1, key: [105], outcome: "done", time: 4, expiresAt: 800)
        let message = ScheduledMessage(
            topic: Self.topic, due: 600, number: 1 << 20, isAbsolute: false, ttl: 0, record: record(id: "later"))
        return [
            .putRow(state.row, replacing: nil), .putRow(receipt.row, replacing: nil),
            .putRow(StoredOutcome(id: [116], isCommitted: true, expiresAt: 700).row, replacing: nil),
            .putRow(message.row, replacing: nil), .putRow(message.idRow(Array("later".utf8)), replacing: nil),
            .putRow(
                Expectation(process: [112], topic: Self.topic, name: [], due: 900).row, replacing: nil),
        ]
    }

    private func record(id: String) -> [UInt8] {
        var slab = ByteSlab(capacity: 64)
        Array(id.utf8).withUnsafeBytes { id in
            var fields = MessageFields()
            (fields.id, fields.body) = (id, id)
            StoredMessage.append(fields, to: &slab)
        }
        return Array(slab.bytes)
    }

    var path: String { disk.folder + "/data.mdb" }

    /// Looks at the file, which no store has open then.
    func report() throws -> VerifyReport {
        disk.close()
        return try StoreVerifier.report(on: try StoreSnapshot(file: path))
    }
}
