// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

// Subscriptions as a whole.
extension Administration {
    /// The subscriptions of a topic, in the order of their names.
    ///
    /// One that goes away meanwhile is left out.
    public func subscriptions(of topic: String) async throws -> [SubscriptionStatus] {
        var found: [SubscriptionStatus] = []
        for name in try await self.topic(topic).subscriptions {
            do {
                found.append(try await subscription(topic, name))
            } catch let error as ClientError where error.code == .refused("unknown-subscription") {
                continue
            }
        }
        return found
    }

    /// One subscription.
    public func subscription(_ topic: String, _ subscription: String) async throws -> SubscriptionStatus {
        let (topic, subscription) = try Self.names(topic, subscription)
        return try await ask(.info(.subscription(topic: topic, name: subscription)))
    }

    /// Makes a subscription that waits for its consumers.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - start: Where it begins.
    ///   - options: How it hands out messages, without what belongs to a consumer: `grace` and `alters`.
    /// - Throws: as all do; `refused` with `exists` when there is one of that name.
    public func createSubscription(
        _ topic: String, _ subscription: String, from start: StartPosition,
        options: ConsumerOptions = ConsumerOptions()
    ) async throws {
        let (topic, subscription) = try Self.names(topic, subscription)
        try await change(
            .createSubscription(
                topic: topic, name: subscription, from: start.start, options: try options.subscriptionOptions()))
    }

    /// Changes how a subscription hands out messages; what is nil in the options stays as it is.
    ///
    /// A changed lease or backoff applies from the next delivery on.
    ///
    /// - Throws: as all do; `refused` with `conflict` for order and filter, which cannot be changed.
    public func alterSubscription(_ topic: String, _ subscription: String, _ options: ConsumerOptions) async throws {
        let (topic, subscription) = try Self.names(topic, subscription)
        try await change(
            .alterSubscription(topic: topic, name: subscription, options: try options.subscriptionOptions()))
    }

    /// Removes a subscription with all that it knows; its consumers are told.
    public func deleteSubscription(_ topic: String, _ subscription: String) async throws {
        let (topic, subscription) = try Self.names(topic, subscription)
        try await change(.deleteSubscription(topic: topic, name: subscription))
    }

    /// Hands out nothing until it is resumed, also after a restart of the broker; a second pause replaces the first.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - duration: For how long; nil is until `resume`.
    public func pause(_ topic: String, _ subscription: String, for duration: Duration? = nil) async throws {
        let (topic, subscription) = try Self.names(topic, subscription)
        try await change(
            .pause(topic: topic, name: subscription, duration: duration.map { Int($0.milliseconds) }))
    }

    /// Hands out messages again after a pause.
    public func resume(_ topic: String, _ subscription: String) async throws {
        let (topic, subscription) = try Self.names(topic, subscription)
        try await change(.resume(topic: topic, name: subscription))
    }

    /// Moves a subscription: every message from there on is to be handled again, and what was open before is not.
    ///
    /// Leases that are held are lost.
    public func seek(_ topic: String, _ subscription: String, to start: StartPosition) async throws {
        let (topic, subscription) = try Self.names(topic, subscription)
        try await change(.seek(topic: topic, name: subscription, to: start.start))
    }

    static func names(
        _ topic: String, _ subscription: String
    ) throws(ClientError) -> (topic: String, subscription: String) {
        try Check.readableName(topic, "topic")
        try Check.name(subscription, "subscription")
        return (topic, subscription)
    }
}
