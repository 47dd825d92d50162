// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletStore

extension RowsEntry {
    static var seeds: [[UInt8]] {
        let topic = StoredTopic(id: 3, name: "orders.paid", settings: TopicSettings())
        let settings = SubscriptionSettings(lease: 30_000, maxFailures: 5, backoff: [5, 30, 120], ephemeral: true)
        let subscription = StoredSubscription(id: 8, topic: 3, name: "billing", settings: settings, floor: 11)
        let attempts = (0..<3).map {
            Attempt(time: UInt64($0), consumer: "client/\($0)", outcome: .nack, code: "io-\($0)", duration: 17)
        }
        let deferred = Deferred(
            offset: 20, failures: 2, deliveries: 3, due: 7, firstDelivered: 99, note: "no route", attempts: attempts)
        var ending = Ending(.dead, first: 3, last: 9, time: 4)
        (ending.by, ending.note, ending.reason) = ("c/1", "said so", "max-failures")
        let ids = (0..<3).map { MessageID(hash: .max, offset: 1 << 40 + UInt64($0), sum: 7, time: 9) }
        let record = StateRecord(space: "s", key: [97], version: 3, time: 5, expires: 9, value: [1, 2, 3]).row
        let receipt = Receipt(subscription: 1, key: [97], outcome: "done", time: 5, expiresAt: 9).row
        let values = [
            topic.encoded, subscription.encoded, deferred.encoded, ending.encoded,
            Chunk.encode((0..<64).map { $0 }), IDRow.encode(ids[...]), keyed(record),
        ]
        return values.enumerated().map { [UInt8($0.offset)] + $0.element }
            + [[4] + Chunk.encode(nil), [6] + keyed(receipt), [7, 1, 2, 3, 4, 5, 6, 7, 8, 9]]
    }

    private static func keyed(_ row: KeyedRow) -> [UInt8] { [UInt8(row.key.count)] + row.key + row.value }
}
