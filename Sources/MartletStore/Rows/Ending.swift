// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What ended some consecutive messages for a subscription when that was not an ack.
///
/// A single message has `first == last`; messages that end in masses share one row. `WHY` is derived from these.
package struct Ending: Equatable, Sendable {
    /// How messages end.
    ///
    /// The numbers stand in the data file.
    package enum Kind: UInt8, CaseIterable, Sendable {
        /// A dead letter was written.
        case dead = 1
        /// Its time to live was over.
        case expired = 2
        /// Retention dropped it unsettled.
        case lost = 3
        /// It was purged.
        case purged = 4
        /// A person settled it.
        case resolved = 5
        /// The position was set behind it.
        case beforeStart = 6
        /// It cannot be read.
        case damaged = 7
    }

    /// The offset of the first message.
    package var first: UInt64
    /// The offset of the last message.
    package var last: UInt64
    /// How they ended.
    package var kind: Kind
    /// When they ended, in Unix milliseconds.
    package var time: UInt64
    /// Why, as a word: the reason of a dead letter; else empty.
    package var reason = ""
    /// The consumer or client by which they ended, or empty.
    package var by = ""
    /// What a person said, or empty.
    package var note = ""
    /// The id of the topic where the copy lies, or 0.
    package var copyTopic: UInt64 = 0
    /// The offset of the copy there, or 0.
    package var copyOffset: UInt64 = 0

    /// Makes the ending of some messages.
    package init(_ kind: Kind, first: UInt64, last: UInt64, time: UInt64) {
        self.first = first
        self.last = last
        self.kind = kind
        self.time = time
    }

    /// Whether what ended stays with the subscription when the messages are dropped from the log.
    package var isLoss: Bool { kind == .lost || kind == .purged || kind == .beforeStart }
}
