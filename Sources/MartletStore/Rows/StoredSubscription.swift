// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// A subscription as the store holds it.
package struct StoredSubscription: Equatable, Sendable {
    /// Its id, never used again.
    package var id: UInt64
    /// The id of its topic.
    package var topic: UInt64
    /// Its name.
    package var name: String
    /// Its settings.
    package var settings: SubscriptionSettings
    /// The id under which its acks, returned messages and endings lie: its own at first, a new one after each seek.
    package var position: UInt64
    /// The offset at which it began; what lies before was never its business.
    package var start: UInt64
    /// All messages up to this offset are settled.
    package var floor: UInt64
    /// Messages above the floor that are settled.
    package var settledAbove: UInt64 = 0
    /// Messages that were returned and wait on disk, or were and are not settled yet.
    package var deferredRows: UInt64 = 0
    /// Messages that retention removed before they were settled, or that could not be read.
    package var lost: UInt64 = 0
    /// Messages that were ever dead-lettered.
    package var dead: UInt64 = 0
    /// Rows about what was lost or purged.
    package var losses: UInt64 = 0
    /// Messages that wait for a person.
    package var parked: UInt64 = 0
    /// Messages that the filter did not pass.
    package var filtered: UInt64 = 0
    /// Messages that are to be delivered again although they were settled: they were redriven.
    package var reopened: UInt64 = 0
    /// Messages up to this offset that were not settled in time have been told.
    package var expected: UInt64 = 0
    /// Until when deliveries are paused, in Unix milliseconds: 0 when they are not, the largest number without end.
    package var pausedUntil: UInt64 = 0
    /// The positions of before, the oldest first, each with where it still tells what was settled.
    package var earlier: [EarlierPosition] = []

    /// Makes a new subscription, which begins behind its floor.
    package init(id: UInt64, topic: UInt64, name: String, settings: SubscriptionSettings, floor: UInt64) {
        self.id = id
        self.topic = topic
        self.name = name
        self.settings = settings
        self.floor = floor
        position = id
        start = floor + 1
    }
}
