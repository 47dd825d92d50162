// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `RESOLVE`: what a person decides about a message.
package struct Resolve: Equatable, Sendable {
    /// What becomes of the message.
    package enum Decision: String, CaseIterable, Sendable {
        /// It counts as handled.
        case ack
        /// It is delivered again at once.
        case retry
        /// It becomes a dead letter.
        case reject
    }

    /// The topic's name.
    package var topic: String
    /// The subscription's name.
    package var subscription: String
    /// The message's offset.
    package var offset: UInt64
    /// What is decided.
    package var decision: Decision
    /// What the person says about it, or empty.
    package var note: String

    /// Makes the fields of a decision.
    package init(topic: String, subscription: String, offset: UInt64, decision: Decision, note: String = "") {
        self.topic = topic
        self.subscription = subscription
        self.offset = offset
        self.decision = decision
        self.note = note
    }
}
