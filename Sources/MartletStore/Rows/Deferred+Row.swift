// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Deferred {
    /// Bytes of a consumer's name that an attempt keeps, so that a row stays within one page.
    private static let consumerBytes = 100
    /// Bytes for what is to come behind the flags, and behind the answer's length.
    private static let flagRoom = 7
    private static let answerRoom = 6
    private static let parked: UInt8 = 1
    private static let timeless: UInt8 = 2
    private static let reopened: UInt8 = 4

    var encoded: [UInt8] {
        var row = RowWriter()
        for value in [failures, deliveries, due, firstDelivered, keyHash] { row.number(value) }
        row.byte((isParked ? Self.parked : 0) | (isTimeless ? Self.timeless : 0) | (isReopened ? Self.reopened : 0))
        row.reserved(Self.flagRoom)
        row.number(returns)
        row.number(redrives)
        row.text(answer)
        row.reserved(Self.answerRoom)
        row.text(note)
        row.byte(UInt8(clamping: attempts.count))
        for attempt in attempts.prefix(255) {
            row.number(attempt.time)
            row.number(attempt.duration)
            row.text(String(decoding: attempt.consumer.utf8.prefix(Self.consumerBytes), as: UTF8.self))
            row.text(attempt.outcome.rawValue)
            row.text(attempt.code)
        }
        return row.bytes
    }

    /// The due time alone.
    static func due(in value: UnsafeRawBufferPointer) throws(StoreError) -> UInt64 {
        var row = RowReader(value)
        _ = (try row.number(), try row.number())
        return try row.number()
    }

    init(offset: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        self.init(
            offset: offset, failures: try row.number(), deliveries: try row.number(), due: try row.number(),
            firstDelivered: try row.number(), keyHash: try row.number(), note: "", attempts: [])
        let flags = try row.byte()
        guard flags < 8 else {
            throw StoreError(.schema, "a returned message has flags that this martlet does not know")
        }
        isParked = flags & Self.parked != 0
        isTimeless = flags & Self.timeless != 0
        isReopened = flags & Self.reopened != 0
        try row.reserved(Self.flagRoom)
        returns = try row.number()
        redrives = try row.number()
        answer = try row.text()
        try row.reserved(Self.answerRoom)
        note = try row.text()
        try readAttempts(&row)
    }

    mutating func readAttempts(_ row: inout RowReader) throws(StoreError) {
        for _ in 0..<(try row.byte()) {
            let (time, duration) = (try row.number(), try row.number())
            let (consumer, word) = (try row.text(), try row.text())
            guard let outcome = AttemptOutcome(rawValue: word) else {
                throw StoreError(.damaged, "an attempt has the unknown outcome '\(word)'")
            }
            attempts.append(
                Attempt(time: time, consumer: consumer, outcome: outcome, code: try row.text(), duration: duration))
        }
    }
}
