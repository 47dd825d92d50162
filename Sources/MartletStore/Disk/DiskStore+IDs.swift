// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// What is remembered of ids: rows that are only appended, and read whole when a topic's index is built.
extension DiskStore {
    func remember(
        _ ids: [MessageID], of topic: UInt64, _ transaction: borrowing WriteTransaction
    ) throws {
        let place: PutPlace = topic >= lastIDTopic ? .end : .anywhere
        lastIDTopic = max(lastIDTopic, topic)
        var rest = ids[...]
        while let first = rest.first {
            let row = rest.prefix(IDRow.count(rest))
            try transaction.put(keys.key(topic, first.offset), IDRow.encode(row), in: tables.dedup, at: place)
            rest = rest[row.endIndex...]
        }
    }

    package func ids(
        topic: UInt64, from offset: UInt64, limit: Int, _ body: (MessageID) -> Void
    ) throws(StoreError) -> UInt64? {
        // A row is found by its first id.
        var count = 0
        return try reading("remembered ids") { transaction in
            try transaction.withCursor(on: tables.dedup.table) { cursor in
                var order = KeyOrder()
                var entry = try order.pass(cursor.seek(toOrAfter: keys.key(topic, offset)))
                while let row = entry, case let place = try row.place(), place.owner == topic {
                    guard count < limit else { return place.number }
                    try IDRow.decode(try tables.dedup.value(of: row), first: place.number) { id in
                        count += 1
                        body(id)
                    }
                    entry = try order.pass(cursor.next())
                }
                return nil
            }
        }
    }
}
