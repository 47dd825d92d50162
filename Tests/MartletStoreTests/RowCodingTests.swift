// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletStore

/// Rows with something in every field.
enum Sample {
    static func topic(_ id: UInt64 = 3, name: String = "orders.paid") -> StoredTopic {
        var settings = TopicSettings()
        settings.retention = .work
        settings.maxAge = 1
        settings.maxBytes = .max
        settings.maxMessages = 3
        var topic = StoredTopic(id: id, name: name, settings: settings)
        topic.first = 4
        topic.next = 5
        topic.total = 6
        topic.trimmed = 7
        return topic
    }

    static func subscription(
        _ id: UInt64 = 8, topic: UInt64 = 3, name: String = "billing", backoff: [Int] = [5, 30, 120]
    ) -> StoredSubscription {
        let settings = SubscriptionSettings(lease: 30_000, maxFailures: 5, backoff: backoff, ephemeral: true)
        var row = StoredSubscription(id: id, topic: topic, name: name, settings: settings, floor: 11)
        row.settledAbove = 12
        row.deferredRows = 13
        row.lost = 14
        row.dead = 15
        return row
    }

    static func deferred(_ offset: UInt64, due: UInt64, attempts: Int = 2) -> Deferred {
        Deferred(
            offset: offset, failures: 2, deliveries: 3, due: due, firstDelivered: 99, note: "no\nroute – to host",
            attempts: (0..<attempts).map {
                Attempt(
                    time: UInt64($0), consumer: "client/\($0)", outcome: .nack, code: "io-\($0)", duration: 17)
            })
    }
}

struct RowCodingTests {
    private func topic(_ bytes: [UInt8]) throws -> StoredTopic {
        try bytes.withUnsafeBytes { try StoredTopic(id: 3, $0) }
    }

    private func subscription(_ bytes: [UInt8]) throws -> StoredSubscription {
        try bytes.withUnsafeBytes { try StoredSubscription(id: 8, $0) }
    }

    private func deferred(_ bytes: [UInt8]) throws -> Deferred {
        try bytes.withUnsafeBytes { try Deferred(offset: 20, $0) }
    }

    @Test(arguments: [Retention.limits, .interest, .work])
    func `a topic is read as it was written`(_ retention: Retention) throws {
        var row = Sample.topic()
        row.settings.retention = retention
        #expect(try topic(row.encoded) == row)
    }

    @Test func `a subscription is read as it was written`() throws {
        for backoff in [[], [1], Array(1...255)] {
            var row = Sample.subscription(backoff: backoff)
            #expect(try subscription(row.encoded) == row)
            row.settings.ephemeral = false
            #expect(try subscription(row.encoded) == row)
        }
    }

    @Test(arguments: [0, 1, 10, 255])
    func `a returned message is read as it was written`(_ attempts: Int) throws {
        let row = Sample.deferred(20, due: 1_000, attempts: attempts)
        #expect(try deferred(row.encoded) == row)
    }

    @Test func `names of 200 bytes and names of none are read as they were written`() throws {
        for name in ["", String(repeating: "n", count: 200)] {
            #expect(try topic(Sample.topic(name: name).encoded).name == name)
            #expect(try subscription(Sample.subscription(name: name).encoded).name == name)
        }
    }

    @Test func `a row that ends too early is damage`() throws {
        func check(_ bytes: [UInt8], _ read: ([UInt8]) throws -> Void) throws {
            try read(bytes)
            for count in 0..<bytes.count {
                let error = try #require(throws: StoreError.self) { try read(Array(bytes[..<count])) }
                #expect(error.code == .damaged)
            }
        }
        try check(Sample.topic().encoded) { _ = try topic($0) }
        try check(Sample.subscription().encoded) { _ = try subscription($0) }
        try check(Sample.deferred(20, due: 5).encoded) { _ = try deferred($0) }
        let receipt = Receipt(subscription: 1, key: [97], outcome: "done", time: 5, expiresAt: 9).row
        try check(receipt.value) { value in
            var row = receipt
            row.value = value
            _ = try Receipt.outcome(of: row)
        }
        let record = StateRecord(space: "s", key: [97], version: 3, time: 5, expires: 9, value: []).row
        try check(record.value) { value in
            var row = record
            row.value = value
            _ = try StateRecord(row)
        }
    }

    @Test func `an unknown retention is damage`() throws {
        var bytes = Sample.topic(name: "t").encoded
        bytes[3] = 3
        let error = try #require(throws: StoreError.self) { _ = try topic(bytes) }
        #expect(error.code == .damaged)
        #expect(error.description == "topic 't' has an unknown retention")
    }

    @Test func `a consumer's name is cut at 100 bytes, so that the row of a full history fits a page`() throws {
        var row = Sample.deferred(20, due: 5, attempts: 10)
        row.note = String(repeating: "n", count: 1_024)
        for index in row.attempts.indices {
            row.attempts[index].consumer = String(repeating: "c", count: 300)
            row.attempts[index].code = String(repeating: "e", count: 64)
            row.attempts[index].outcome = .disconnect
        }
        #expect(row.encoded.count <= 4_080)
        #expect(try deferred(row.encoded).attempts[9].consumer == String(repeating: "c", count: 100))
        #expect(try deferred(row.encoded).attempts[9].code == String(repeating: "e", count: 64))
    }

    @Test func `keys sort as their numbers do`() {
        let keys = KeyBuffer()
        let numbers: [UInt64] = [0, 1, 255, 256, 65_535, 1 << 32, .max]
        var made: [[UInt8]] = []
        for first in numbers {
            for second in numbers {
                made.append(Array(keys.key(first, second)))
                made.append(Array(keys.piece(topic: first, offset: second, piece: 1)))
                made.append(Array(keys.piece(topic: first, offset: second, piece: 256)))
            }
        }
        for (earlier, later) in zip(made, made.dropFirst()) {
            #expect(earlier.lexicographicallyPrecedes(later))
        }
        #expect(Array(keys.key(7)) == [0, 0, 0, 0, 0, 0, 0, 7])
        // The keys lie in its memory.
        withExtendedLifetime(keys) {}
    }

    @Test func `a due key is kind, owner, time, id`() {
        let keys = KeyBuffer()
        let key = withExtendedLifetime(keys) { Array(keys.due(1, owner: 2, time: 3, id: 4)) }
        #expect(key == [1] + [2, 3, 4].flatMap { [0, 0, 0, 0, 0, 0, 0, $0] })
    }
}
