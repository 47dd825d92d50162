// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// Keyed rows are removed when they have expired; a reader takes one that is still there for gone.
extension Broker {
    private static let interval: UInt64 = 60_000
    private static let slice = 1_000
    /// How long an index of ids stays in memory without being asked.
    private static let idle: UInt64 = 600_000

    func armExpiry(in milliseconds: UInt64 = interval) {
        timers.set(expiryTimer, at: now.steady + milliseconds, .expiry)
    }

    /// Frees indexes of ids that have not been asked for some time; they are read again when they are.
    private func forgetIdleIDs() {
        // ORDER: each index is forgotten alone, and that is seen by no one.
        for topic in topics.values where topic.ids != nil && topic.idsAsked + Self.idle <= now.steady {
            topic.ids = nil
        }
    }

    /// Removes some of what is to go, in small slices.
    func sweepExpired() throws(StoreError) {
        var isMore = false
        for table in KeyedRow.Table.expiring {
            let going = try store.expiredRows(table, by: dueNow, limit: Self.slice)
            // What this step wrote anew stays.
            for (key, expiresAt) in going where rows.row(table, key) == nil { remove(table, key, expiresAt: expiresAt) }
            isMore = isMore || going.count == Self.slice
        }
        forgetIdleIDs()
        armExpiry(in: isMore ? 10 : Self.interval)
    }
}
