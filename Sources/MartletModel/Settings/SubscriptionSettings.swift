// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of a subscription; durations are milliseconds.
package struct SubscriptionSettings: Equatable, Sendable {
    /// How long a delivery may be held.
    package var lease: Int
    /// Failures of a message before it is dead-lettered.
    package var maxFailures: Int
    /// Deliveries in a row that ended by a lost connection or a release, uncounted, before it is dead-lettered.
    package var maxDeliveries: Int
    /// Delays between failures; the last one repeats.
    package var backoff: [Int]
    /// Whether it is removed some time after its last consumer.
    package var ephemeral: Bool
    /// Which messages wait for which; it cannot be changed.
    package var order = Order.none
    /// What becomes of a message that would be dead-lettered.
    package var onPoison = OnPoison.dead
    /// What becomes of a message whose time is over.
    package var onExpire = OnExpire.drop
    /// Within which time of becoming visible every message is to be settled; 0 is no limit.
    package var expect = 0
    /// How long after its last consumer the subscription ends; 0 is never.
    package var expireAfter = 0
    /// Which messages it is about; it cannot be changed.
    package var filter = Filter()

    /// Makes settings.
    package init(
        lease: Int = Defaults.lease, maxFailures: Int = Defaults.maxFailures,
        maxDeliveries: Int = Defaults.maxDeliveries, backoff: [Int] = Defaults.backoff, ephemeral: Bool = false
    ) {
        self.lease = lease
        self.maxFailures = maxFailures
        self.maxDeliveries = maxDeliveries
        self.backoff = backoff
        self.ephemeral = ephemeral
    }
}
