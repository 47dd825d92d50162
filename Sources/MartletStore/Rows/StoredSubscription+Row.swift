// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

extension StoredSubscription {
    var encoded: [UInt8] {
        var row = RowWriter()
        row.text(name)
        for value in [topic, floor, settledAbove, deferred, lost, dead] { row.number(value) }
        row.number(UInt64(settings.lease))
        row.number(UInt64(settings.maxFailures))
        row.byte(settings.ephemeral ? 1 : 0)
        row.byte(UInt8(clamping: settings.backoff.count))
        for delay in settings.backoff.prefix(255) { row.number(UInt64(delay)) }
        return row.bytes
    }

    init(id: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        let name = try row.text()
        let numbers = (
            topic: try row.number(), floor: try row.number(), above: try row.number(), deferred: try row.number(),
            lost: try row.number(), dead: try row.number()
        )
        var settings = SubscriptionSettings(
            lease: Int(clamping: try row.number()), maxFailures: Int(clamping: try row.number()), backoff: [],
            ephemeral: try row.byte() != 0)
        for _ in 0..<(try row.byte()) { settings.backoff.append(Int(clamping: try row.number())) }
        self.init(id: id, topic: numbers.topic, name: name, settings: settings, floor: numbers.floor)
        settledAbove = numbers.above
        deferred = numbers.deferred
        lost = numbers.lost
        dead = numbers.dead
    }
}
