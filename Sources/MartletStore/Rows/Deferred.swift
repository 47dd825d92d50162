// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is known about a message that was returned to a subscription.
package struct Deferred: Equatable, Sendable {
    /// The message's offset.
    package var offset: UInt64
    /// Failures so far.
    package var failures: UInt64
    /// Deliveries so far.
    package var deliveries: UInt64
    /// Deliveries in a row, up to the last one, that ended without being counted as failures.
    package var returns: UInt64 = 0
    /// When it may be delivered again, in Unix milliseconds.
    package var due: UInt64
    /// When it was first delivered, in Unix milliseconds.
    package var firstDelivered: UInt64
    /// The hash of the message's key, or 0 when it has none.
    package var keyHash: UInt64
    /// The last error's text.
    package var note: String
    /// The last 10 attempts.
    package var attempts: [Attempt]
    /// Whether it waits for a person; then it is not due at any time.
    package var isParked = false
    /// Whether its time to live no longer counts, since a person or a redrive gave it back.
    package var isTimeless = false
    /// Whether it is to be delivered although it was settled: it was redriven.
    package var isReopened = false
    /// How often it was redriven.
    package var redrives: UInt64 = 0
    /// What the person said who gave it back, or empty.
    package var answer = ""

    /// The due time of a message that is not due at any time.
    package static let never = UInt64.max

    /// Makes the row of a message.
    package init(
        offset: UInt64, failures: UInt64, deliveries: UInt64, due: UInt64, firstDelivered: UInt64, keyHash: UInt64 = 0,
        note: String, attempts: [Attempt]
    ) {
        self.offset = offset
        self.failures = failures
        self.deliveries = deliveries
        self.due = due
        self.firstDelivered = firstDelivered
        self.keyHash = keyHash
        self.note = note
        self.attempts = attempts
    }
}
