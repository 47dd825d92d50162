// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One delivery that did not end in an ack.
package struct Attempt: Equatable, Sendable {
    /// When it ended, in Unix milliseconds.
    package var time: UInt64
    /// The consumer that had it, as `client/number`.
    package var consumer: String
    /// How it ended.
    package var outcome: AttemptOutcome
    /// The error's code, or empty.
    package var code: String
    /// How long it was held, in milliseconds.
    package var duration: UInt64

    /// Makes an attempt.
    package init(time: UInt64, consumer: String, outcome: AttemptOutcome, code: String, duration: UInt64) {
        self.time = time
        self.consumer = consumer
        self.outcome = outcome
        self.code = code
        self.duration = duration
    }
}
