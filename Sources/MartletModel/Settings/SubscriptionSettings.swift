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
