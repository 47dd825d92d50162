// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

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
