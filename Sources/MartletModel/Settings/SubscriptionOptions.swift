// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of a subscription that a client named; what is nil has its default.
package struct SubscriptionOptions: Equatable, Sendable {
    /// How long a delivery may be held, in milliseconds.
    package var lease: Int?
    /// Failures of a message before it is dead-lettered.
    package var maxFailures: Int?
    /// Deliveries in a row that ended uncounted before a message is dead-lettered.
    package var maxDeliveries: Int?
    /// Delays between failures, in milliseconds; the last one repeats.
    package var backoff: [Int]?
    /// Whether it is removed some time after its last consumer.
    package var ephemeral = false

    /// Makes options that name nothing.
    package init() {}

    /// The settings, given those that hold where nothing is named.
    package func settings(over defaults: SubscriptionSettings) -> SubscriptionSettings {
        SubscriptionSettings(
            lease: lease ?? defaults.lease, maxFailures: maxFailures ?? defaults.maxFailures,
            maxDeliveries: maxDeliveries ?? defaults.maxDeliveries, backoff: backoff ?? defaults.backoff,
            ephemeral: ephemeral)
    }

    /// The first option that says something else than the settings, as name and value of the setting; nil when all
    /// agree.
    package func conflict(with settings: SubscriptionSettings) -> (name: String, value: String)? {
        if let lease, lease != settings.lease { return ("lease", DurationCoding.encode(settings.lease)) }
        if let maxFailures, maxFailures != settings.maxFailures { return ("max-failures", "\(settings.maxFailures)") }
        if let maxDeliveries, maxDeliveries != settings.maxDeliveries {
            return ("max-deliveries", "\(settings.maxDeliveries)")
        }
        if let backoff, backoff != settings.backoff {
            return ("backoff", settings.backoff.map(DurationCoding.encode).joined(separator: ","))
        }
        if ephemeral, !settings.ephemeral { return ("ephemeral", "no end") }
        return nil
    }
}
