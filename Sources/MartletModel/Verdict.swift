// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is so with a message for a subscription: exactly one of these (semantics 7).
package enum Verdict: String, CaseIterable, Sendable {
    /// It was settled as handled, or resolved by a person.
    case handled
    /// A consumer has it.
    case leased
    /// It is to be delivered as soon as its turn comes.
    case waiting
    /// It came back and is delivered again at a time.
    case deferred
    /// Its key is held by an older message.
    case blocked
    /// The subscription's filter does not pass it.
    case filtered
    /// The subscription begins behind it.
    case beforeStart = "before-start"
    /// It is not visible yet.
    case scheduled
    /// Its time was over before it was handled.
    case expired
    /// It was dropped, purged or damaged before it was handled.
    case lostToRetention = "lost-to-retention"
    /// It became a dead letter.
    case dead
    /// It waits for a person.
    case parked
    /// There is no such message.
    case notFound = "not-found"
}
