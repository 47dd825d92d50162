// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of a settle command: ends some deliveries of a consumer.
package struct Settle: Equatable, Sendable {
    /// How a delivery ends.
    package enum Verb: String, Sendable {
        /// Handled.
        case ack = "ACK"
        /// Failed, try again.
        case nack = "NACK"
        /// Not started, try again.
        case release = "RELEASE"
        /// Will never work.
        case reject = "REJECT"
        /// Waits for a person.
        case park = "PARK"
    }

    /// How the deliveries end.
    package var verb: Verb
    /// The consumer's number.
    package var consumer: UInt64
    /// The tags of the deliveries.
    package var tags: [ClosedRange<UInt64>]
    /// When to try again, in milliseconds from now, if named.
    package var delay: Int?
    /// The error's code, or empty.
    package var code = ""
    /// The error's text, or empty.
    package var note = ""

    /// Makes the fields of a settle.
    package init(
        verb: Verb, consumer: UInt64, tags: [ClosedRange<UInt64>], delay: Int? = nil, code: String = "",
        note: String = ""
    ) {
        self.verb = verb
        self.consumer = consumer
        self.tags = tags
        self.delay = delay
        self.code = code
        self.note = note
    }
}
