// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that is handed to a consumer; a plain value, its bytes lie in one of the outbox's segments.
package struct Delivery {
    /// The consumer's number.
    package var consumer: UInt64
    /// The tag of this delivery.
    package var tag: UInt64
    /// The message's offset.
    package var offset: UInt64
    /// When it was published, in Unix milliseconds.
    package var time: UInt64
    /// Deliveries so far, this one included.
    package var attempt: UInt32
    /// Which of the outbox's segments holds the record.
    package var segment: Int32
    /// Where the record begins.
    package var start: Int
    /// The size of the record.
    package var size: Int
    /// Which of the outbox's receipts tells its outcome, or -1.
    package var receipt: Int32 = -1
    /// Which of the outbox's notes says what a person answered, or -1.
    package var note: Int32 = -1
    /// Failures so far.
    package var failures: UInt32 = 0
}
