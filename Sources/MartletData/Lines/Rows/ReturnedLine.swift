// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A message that was returned to a subscription, or waits for a person.
struct ReturnedLine: Codable {
    struct AttemptLine: Codable {
        var time: UInt64
        var consumer: String
        var outcome: String
        var code: String
        var duration: UInt64
    }

    static let type = "returned"
    var type = ReturnedLine.type
    var position: UInt64
    var offset: UInt64
    var failures: UInt64
    var deliveries: UInt64
    var returns: UInt64
    var due: UInt64
    var firstDelivered: UInt64
    var keyHash: UInt64
    var note: String
    var attempts: [AttemptLine]
    var parked: Bool
    var timeless: Bool
    var reopened: Bool
    var redrives: UInt64
    var answer: String

    init(_ position: UInt64, _ row: Deferred) {
        (self.position, offset) = (position, row.offset)
        (failures, deliveries, returns, due) = (row.failures, row.deliveries, row.returns, row.due)
        (firstDelivered, keyHash, note, answer) = (row.firstDelivered, row.keyHash, row.note, row.answer)
        (parked, timeless, reopened, redrives) = (row.isParked, row.isTimeless, row.isReopened, row.redrives)
        attempts = row.attempts.map {
            AttemptLine(
                time: $0.time, consumer: $0.consumer, outcome: $0.outcome.rawValue, code: $0.code,
                duration: $0.duration)
        }
    }

    func operation() throws -> StoreOperation {
        var row = Deferred(
            offset: offset, failures: failures, deliveries: deliveries, due: due, firstDelivered: firstDelivered,
            note: note, attempts: [])
        (row.returns, row.keyHash, row.answer) = (returns, keyHash, answer)
        (row.isParked, row.isTimeless, row.isReopened, row.redrives) = (parked, timeless, reopened, redrives)
        row.attempts = try attempts.map { attempt in
            guard let outcome = AttemptOutcome(rawValue: attempt.outcome) else {
                throw DataError(.refused, "an attempt has the unknown outcome '\(attempt.outcome)'")
            }
            return Attempt(
                time: attempt.time, consumer: attempt.consumer, outcome: outcome, code: attempt.code,
                duration: attempt.duration)
        }
        guard offset < 1 << 62, attempts.count <= 10, note.utf8.count <= 1_024, answer.utf8.count <= 1_024 else {
            throw DataError(.refused, "the returned message has more than a row can hold")
        }
        return .putDeferred(position: position, row: row, replacing: nil)
    }
}
