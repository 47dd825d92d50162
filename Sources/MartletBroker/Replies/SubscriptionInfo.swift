// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What `INFO` says of a subscription.
package struct SubscriptionInfo: Encodable, Sendable {
    /// Its settings; durations are milliseconds.
    package struct Settings: Encodable, Sendable {
        /// The lease.
        package var lease: Int
        /// Failures before a message is dead-lettered.
        package var maxFailures: Int
        /// Delays between failures.
        package var backoff: [Int]
        /// The order of deliveries.
        package var order: String
        /// Whether it goes away after its last consumer.
        package var ephemeral: Bool
    }

    /// The topic's name.
    package var topic: String
    /// Its name.
    package var name: String
    /// All messages up to this offset are settled.
    package var floor: UInt64
    /// Messages that are not settled.
    package var backlog: UInt64
    /// Messages that consumers hold.
    package var inFlight: Int
    /// Messages that wait for their time.
    package var deferred: UInt64
    /// Messages that wait for a person.
    package var parked: UInt64
    /// Messages that were dead-lettered.
    package var dead: UInt64
    /// Messages that retention removed before they were settled.
    package var lost: UInt64
    /// Consumers that are attached.
    package var consumers: Int
    /// Whether deliveries are paused.
    package var paused: Bool
    /// Its settings.
    package var settings: Settings
}
