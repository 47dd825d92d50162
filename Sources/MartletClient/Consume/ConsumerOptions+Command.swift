// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

extension ConsumerOptions {
    /// The settings of the subscription, as the protocol has them.
    ///
    /// - Throws: `badArgument` that says what cannot be written.
    func settings() throws(ClientError) -> SubscriptionOptions {
        guard (1...Limits.backoff).contains(backoff?.count ?? 1) else {
            throw ClientError(.badArgument, "backoff: expected 1 to \(Limits.backoff) waits")
        }
        var settings = SubscriptionOptions()
        settings.lease = lease.map(Self.milliseconds)
        settings.maxFailures = maxFailures
        settings.maxDeliveries = maxDeliveries
        settings.backoff = backoff?.map(Self.milliseconds)
        settings.ephemeral = isEphemeral
        settings.order = order.flatMap { .init(word: $0.rawValue) }
        settings.onPoison = onPoison.flatMap { .init(word: $0.rawValue) }
        settings.onExpire = onExpire.flatMap { .init(word: $0.rawValue) }
        settings.expect = expect.map(Self.milliseconds)
        settings.expireAfter = expireAfter.map(Self.milliseconds)
        settings.filter = try filter?.filter()
        return settings
    }

    /// The settings of a subscription that is looked after without consuming it.
    ///
    /// - Throws: `badArgument` also for what belongs to a consumer.
    func subscriptionOptions() throws(ClientError) -> SubscriptionOptions {
        guard grace == nil, !alters else {
            throw ClientError(.badArgument, "grace, alters: they belong to a consumer, not to its subscription")
        }
        return try settings()
    }

    private static func milliseconds(_ duration: Duration) -> Int { Int(max(0, duration.milliseconds)) }
}
