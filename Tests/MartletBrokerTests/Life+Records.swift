// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Records and receipts in a random life, some of which stay a while only.
extension Life {
    static let space = "s"
    static let keys = ["k0", "k1", "k2"]

    static func set(_ key: String, _ value: String, _ expected: RecordVersion, lifetime: Int? = nil) -> Command {
        .set(
            SetRecord(
                space: space, key: Array(key.utf8), expected: expected, lifetime: lifetime, value: Array(value.utf8)))
    }

    mutating func changeRecord() throws -> String? {
        guard let key = drawKey() else { return try checkRecords() }
        let expected = drawVersion(key)
        let now = model.now
        if isOne(in: 4) {
            let answer = model.records.unset(key, expected, at: now)
            let command = Command.unset(space: Self.space, key: Array(key.utf8), expected: expected)
            return try send(1, command, expecting: answer) ?? checkRecords()
        }
        let (value, lifetime) = (drawValue(), drawLifetime())
        let answer =
            model.isFull ? "ERR full" : model.records.set(key, value, expected, lifetime: lifetime, at: now)
        return try send(1, Self.set(key, value, expected, lifetime: lifetime), expecting: answer) ?? checkRecords()
    }

    /// A key whose version is known.
    mutating func drawKey() -> String? {
        pick(Self.keys.filter { !model.records.isInDoubt($0, at: model.now) })
    }

    mutating func drawValue() -> String { "v\(Int.random(in: 0..<100, using: &random))" }

    mutating func drawLifetime() -> Int? { isOne(in: 2) ? nil : Int.random(in: 1...8_000, using: &random) }

    /// The version of a record, mostly.
    mutating func drawVersion(_ key: String) -> RecordVersion {
        if isOne(in: 4) { return .any }
        return .exactly(model.records.version(key, at: model.now) + (isOne(in: 5) ? 1 : 0))
    }

    /// Every record is what the model says.
    mutating func checkRecords() throws -> String? {
        for key in Self.keys {
            let expected = model.records.get(key, at: model.now)
            if let problem = try send(1, .get(space: Self.space, key: Array(key.utf8)), expecting: expected) {
                return problem
            }
        }
        return try send(1, .list(ListRecords(space: Self.space)), expecting: model.records.list(at: model.now))
    }

    mutating func writeReceipt() throws -> String? {
        guard let consumer = pickConsumer() else { return nil }
        let receipt = drawReceipt(of: consumer)
        let expected = model.write(receipt, on: consumer.connection)
        return try send(consumer.connection, .receipt(receipt), expecting: expected)
    }

    /// A receipt for a message that is there, or for one of the ids.
    mutating func drawReceipt(of consumer: ReferenceModel.Consumer) -> WriteReceipt {
        let next = model.topics[consumer.topic]?.next ?? 1
        let key = isOne(in: 2) ? drawRepeat().id : "#\(UInt64.random(in: 1...next, using: &random))"
        return WriteReceipt(
            consumer: consumer.number, key: Array(key.utf8), outcome: drawValue(),
            lifetime: Int.random(in: 1...10_000, using: &random))
    }
}

extension ReferenceModel {
    /// `RECEIPT`; what it has to be answered.
    mutating func write(_ receipt: WriteReceipt, on connection: UInt64) -> String {
        if isFull { return "ERR full" }
        guard let place = place(of: receipt.consumer, on: connection) else { return "ERR unknown-consumer" }
        let key = String(decoding: receipt.key, as: UTF8.self)
        topics[consumers[place].topic]?.subscriptions[consumers[place].subscription]?.receipts[key] =
            ReferenceSubscription.Receipt(outcome: receipt.outcome, expiresAt: now + UInt64(receipt.lifetime))
        return "OK"
    }
}
