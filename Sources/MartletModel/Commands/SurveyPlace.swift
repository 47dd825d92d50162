// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How far a look at all topics and subscriptions has come: in the order in which they were made.
package struct SurveyPlace: Equatable, Sendable {
    /// Which topic was looked at last, counted from the first that was made.
    package var topic: UInt64
    /// The id of its subscription that was looked at last; `whole` when nothing of the topic is left.
    package var subscription: UInt64

    /// Stands for all subscriptions of a topic.
    package static let whole = Limits.number
    /// Before the first topic.
    package static let start = SurveyPlace(topic: 0, subscription: whole)

    /// Makes a place.
    package init(topic: UInt64, subscription: UInt64) {
        self.topic = topic
        self.subscription = subscription
    }
}
