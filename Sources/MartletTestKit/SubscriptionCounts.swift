// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// What the broker counts about a subscription.
public struct SubscriptionCounts: Sendable, Hashable {
    /// Messages that are not settled, in whatever state.
    public var backlog: Int
    /// Deliveries that a consumer holds.
    public var inFlight: Int
    /// Messages that wait for their time to be delivered again.
    public var deferred: Int
    /// Messages that have become dead letters.
    public var dead: Int
    /// Consumers that are attached.
    public var consumers: Int

    /// Makes counts.
    public init(backlog: Int = 0, inFlight: Int = 0, deferred: Int = 0, dead: Int = 0, consumers: Int = 0) {
        self.backlog = backlog
        self.inFlight = inFlight
        self.deferred = deferred
        self.dead = dead
        self.consumers = consumers
    }

    /// Asks a broker.
    ///
    /// - Returns: nil when there is no such topic or subscription.
    init?(of subscription: String, on topic: String, from client: Client) async throws {
        let status = try await RunningBroker.known {
            try await client.administration.subscription(topic, subscription)
        }
        guard let status else { return nil }
        self.init(
            backlog: Int(clamping: status.backlog), inFlight: status.inFlight, deferred: Int(clamping: status.deferred),
            dead: Int(clamping: status.dead), consumers: status.consumers)
    }
}
