// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

extension StoredSubscription {
    /// Bytes of counters that are not built yet: parked (8), filtered (8), and room (16).
    private static let counterRoom = 32
    /// Bytes of settings that are not built yet: order (1), on-poison (1), on-expire (1), room (5).
    private static let orderRoom = 8
    /// The same: expect (8), expire-after (8), paused until (8), the length of the filter that follows (4), room (4).
    private static let settingRoom = 32

    var encoded: [UInt8] {
        var row = RowWriter()
        row.text(name)
        for value in [topic, position, start, floor, settledAbove, deferredRows, lost, dead, losses] {
            row.number(value)
        }
        row.reserved(Self.counterRoom)
        row.number(UInt64(settings.lease))
        row.number(UInt64(settings.maxFailures))
        row.byte(settings.ephemeral ? 1 : 0)
        row.numbers(settings.backoff.map(UInt64.init))
        row.reserved(Self.orderRoom)
        row.number(UInt64(settings.maxDeliveries))
        row.reserved(Self.settingRoom)
        return row.bytes
    }

    init(id: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        self.init(id: id, topic: 0, name: try row.text(), settings: SubscriptionSettings(), floor: 0)
        topic = try row.number()
        position = try row.number()
        start = try row.number()
        floor = try row.number()
        settledAbove = try row.number()
        deferredRows = try row.number()
        lost = try row.number()
        dead = try row.number()
        losses = try row.number()
        try row.reserved(Self.counterRoom)
        settings.lease = Int(clamping: try row.number())
        settings.maxFailures = Int(clamping: try row.number())
        settings.ephemeral = try row.byte() != 0
        settings.backoff = try row.numbers().map { Int(clamping: $0) }
        try row.reserved(Self.orderRoom)
        // A row of before there was this setting says 0.
        let maxDeliveries = Int(clamping: try row.number())
        settings.maxDeliveries = maxDeliveries > 0 ? maxDeliveries : Defaults.maxDeliveries
        try row.reserved(Self.settingRoom)
    }
}
