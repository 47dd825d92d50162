// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What `INFO` asks about.
package enum InfoSubject: Equatable, Sendable {
    /// The broker.
    case broker
    /// All topics.
    case topics
    /// One topic.
    case topic(String)
    /// One subscription.
    case subscription(topic: String, name: String)
    /// All consumers.
    case consumers
    /// Deliveries of a subscription that are not settled, those behind an offset.
    case leases(topic: String, name: String, limit: Int, after: UInt64)
    /// Topics with their subscriptions, so many of both, those behind a place.
    case survey(limit: Int, after: SurveyPlace)
}
