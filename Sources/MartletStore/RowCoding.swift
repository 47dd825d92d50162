// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Writes the values of rows: numbers in 8 bytes little-endian, text behind 2 bytes of length.
struct RowWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func byte(_ value: UInt8) {
        bytes.append(value)
    }

    mutating func raw(_ value: some Sequence<UInt8>) {
        bytes.append(contentsOf: value)
    }

    mutating func text(_ value: String) {
        let utf8 = Array(value.utf8.prefix(Int(UInt16.max)))
        bytes.append(UInt8(truncatingIfNeeded: utf8.count))
        bytes.append(UInt8(truncatingIfNeeded: utf8.count >> 8))
        bytes.append(contentsOf: utf8)
    }
}

/// Reads the values of rows; a value that is not there is damage.
struct RowReader {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    private mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard rest.count >= count else { throw StoreError(.damaged, "a row ends too early") }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    mutating func number() throws(StoreError) -> UInt64 {
        UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    mutating func byte() throws(StoreError) -> UInt8 {
        try take(1)[0]
    }

    /// Whether nothing is left: rows that an earlier version wrote end before the fields that came later.
    var isAtEnd: Bool { rest.isEmpty }

    /// All that is left.
    var remainder: UnsafeRawBufferPointer { rest }

    mutating func text() throws(StoreError) -> String {
        let length = try take(2)
        return String(decoding: try take(Int(length[0]) | Int(length[1]) << 8), as: UTF8.self)
    }
}

extension StoredTopic {
    var encoded: [UInt8] {
        var row = RowWriter()
        row.text(name)
        row.byte(settings.retention.rawValue)
        for value in [settings.maxAge, settings.maxBytes, settings.maxMessages, first, next, total, trimmed] {
            row.number(value)
        }
        row.number(settings.dedupWindow)
        row.number(firstID)
        return row.bytes
    }

    init(id: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        self.init(id: id, name: try row.text(), settings: TopicSettings())
        guard let retention = Retention(rawValue: try row.byte()) else {
            throw StoreError(.damaged, "topic '\(name)' has an unknown retention")
        }
        settings.retention = retention
        settings.maxAge = try row.number()
        settings.maxBytes = try row.number()
        settings.maxMessages = try row.number()
        first = try row.number()
        next = try row.number()
        total = try row.number()
        trimmed = try row.number()
        guard !row.isAtEnd else { return }
        settings.dedupWindow = try row.number()
        firstID = try row.number()
    }
}

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

extension Deferred {
    /// Bytes of a consumer's name that an attempt keeps, so that a row stays within one page.
    private static let consumerBytes = 100

    var encoded: [UInt8] {
        var row = RowWriter()
        for value in [failures, deliveries, due, firstDelivered] { row.number(value) }
        row.text(note)
        row.byte(UInt8(clamping: attempts.count))
        for attempt in attempts.prefix(255) {
            row.number(attempt.time)
            row.number(attempt.duration)
            row.text(String(decoding: attempt.consumer.utf8.prefix(Self.consumerBytes), as: UTF8.self))
            row.text(attempt.outcome)
            row.text(attempt.code)
        }
        return row.bytes
    }

    init(offset: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        self.init(
            offset: offset, failures: try row.number(), deliveries: try row.number(), due: try row.number(),
            firstDelivered: try row.number(), note: try row.text(), attempts: [])
        for _ in 0..<(try row.byte()) {
            let (time, duration) = (try row.number(), try row.number())
            attempts.append(
                Attempt(
                    time: time, consumer: try row.text(), outcome: try row.text(), code: try row.text(),
                    duration: duration))
        }
    }
}
