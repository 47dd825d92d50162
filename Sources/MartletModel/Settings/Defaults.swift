// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What holds where neither a client nor the configuration says anything.
///
/// Durations are milliseconds, sizes bytes.
package enum Defaults {
    /// The TCP port.
    package static let port = 7_250
    /// Unsettled deliveries that a consumer may hold.
    package static let window = 16
    /// How long a delivery may be held.
    package static let lease = 30_000
    /// The longest time that one delivery can be held, however often its lease is extended.
    package static let leaseCap = 3_600_000
    /// Failures of a message before it is dead-lettered.
    package static let maxFailures = 20
    /// Deliveries in a row that ended uncounted before a message is dead-lettered.
    package static let maxDeliveries = 100
    /// Delays between failures; the last one repeats.
    package static let backoff = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000]
    /// The age at which messages of a topic may be dropped.
    package static let maxAge = 7 * 86_400_000
    /// How long dead letters are kept.
    package static let deadLetterAge = 30 * 86_400_000
    /// How long ids are remembered.
    package static let dedupWindow = 86_400_000
    /// Ids that are remembered per topic.
    package static let dedupIDs = 1_000_000
    /// The largest body.
    package static let maxBody = 1 << 20
    /// The folder of the data file.
    package static let dataFolder = "data"
    /// The largest size that the data file can reach.
    package static let mapSize = 1 << 40
    /// Percent of the map or disk that must stay free.
    package static let reservePercent = 5
    /// The least that must stay free.
    package static let reserveMinimum = 64 << 20
}
