// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

extension StoredSubscription {
    /// Bytes for settings to come.
    private static let orderRoom = 5

    var encoded: [UInt8] {
        var row = RowWriter()
        row.text(name)
        for value in [topic, position, start, floor, settledAbove, deferredRows, lost, dead, losses] {
            row.number(value)
        }
        for value in [parked, filtered, reopened, expected] { row.number(value) }
        row.number(UInt64(settings.lease))
        row.number(UInt64(settings.maxFailures))
        row.byte(settings.ephemeral ? 1 : 0)
        row.numbers(settings.backoff.map(UInt64.init))
        for value in [settings.order.rawValue, settings.onPoison.rawValue, settings.onExpire.rawValue] {
            row.byte(value)
        }
        row.reserved(Self.orderRoom)
        row.number(UInt64(settings.maxDeliveries))
        for value in [UInt64(settings.expect), UInt64(settings.expireAfter), pausedUntil] { row.number(value) }
        row.data(settings.filter.isEmpty ? [] : settings.filter.encoded)
        row.short(UInt32(earlier.count))
        for position in earlier {
            for value in [position.position, position.end, position.floor, position.time] { row.number(value) }
        }
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
        parked = try row.number()
        filtered = try row.number()
        reopened = try row.number()
        expected = try row.number()
        settings.lease = Int(clamping: try row.number())
        settings.maxFailures = Int(clamping: try row.number())
        settings.ephemeral = try row.byte() != 0
        settings.backoff = try row.numbers().map { Int(clamping: $0) }
        try readOrder(&row)
        // A row of before there was this setting says 0.
        let maxDeliveries = Int(clamping: try row.number())
        settings.maxDeliveries = maxDeliveries > 0 ? maxDeliveries : Defaults.maxDeliveries
        settings.expect = Int(clamping: try row.number())
        settings.expireAfter = Int(clamping: try row.number())
        pausedUntil = try row.number()
        settings.filter = try Filter(encoded: try row.data())
        for _ in 0..<(try row.short()) {
            earlier.append(
                EarlierPosition(
                    position: try row.number(), end: try row.number(), floor: try row.number(),
                    time: try row.number()))
        }
    }

    private mutating func readOrder(_ row: inout RowReader) throws(StoreError) {
        guard let order = Order(rawValue: try row.byte()), let onPoison = OnPoison(rawValue: try row.byte()),
            let onExpire = OnExpire(rawValue: try row.byte())
        else { throw StoreError(.schema, "subscription '\(name)' has settings that this martlet does not know") }
        (settings.order, settings.onPoison, settings.onExpire) = (order, onPoison, onExpire)
        try row.reserved(Self.orderRoom)
    }
}

extension Filter {
    /// The bytes of a filter that is not empty.
    fileprivate var encoded: [UInt8] {
        var row = RowWriter()
        row.text(header)
        row.data(value)
        row.data(keyPrefix)
        return row.bytes
    }

    /// Reads a filter; no bytes are an empty one.
    fileprivate init(encoded bytes: UnsafeRawBufferPointer) throws(StoreError) {
        guard !bytes.isEmpty else {
            self.init()
            return
        }
        var row = RowReader(bytes)
        self.init(header: try row.text(), value: Array(try row.data()), keyPrefix: Array(try row.data()))
    }
}
