// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is so with a message for a subscription: exactly one of these, or one that this version does not know.
public struct MessageVerdict: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The word of the broker.
    public let rawValue: String

    /// The verdict of a word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It was settled as handled, or a person said so.
    public static let handled = MessageVerdict(rawValue: "handled")
    /// A consumer has it.
    public static let leased = MessageVerdict(rawValue: "leased")
    /// It is delivered as soon as its turn comes.
    public static let waiting = MessageVerdict(rawValue: "waiting")
    /// It came back, and is delivered again at a time.
    public static let deferred = MessageVerdict(rawValue: "deferred")
    /// An older message holds its key.
    public static let blocked = MessageVerdict(rawValue: "blocked")
    /// The subscription's filter does not pass it.
    public static let filtered = MessageVerdict(rawValue: "filtered")
    /// The subscription begins behind it.
    public static let beforeStart = MessageVerdict(rawValue: "before-start")
    /// Its time has not come.
    public static let scheduled = MessageVerdict(rawValue: "scheduled")
    /// Its time was over before it was handled.
    public static let expired = MessageVerdict(rawValue: "expired")
    /// It was dropped or purged before it was handled.
    public static let lostToRetention = MessageVerdict(rawValue: "lost-to-retention")
    /// It is a dead letter.
    public static let dead = MessageVerdict(rawValue: "dead")
    /// It waits for a person.
    public static let parked = MessageVerdict(rawValue: "parked")
    /// There is no such message.
    public static let notFound = MessageVerdict(rawValue: "not-found")

    /// The word of the broker.
    public var description: String { rawValue }
}
