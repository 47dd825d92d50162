// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// Keyed rows go when their time has come; whoever reads one that is late to go does not see it.
extension Broker {
    private static let interval: UInt64 = 60_000
    private static let slice = 1_000
    /// How long an index of ids that nobody asks stays in memory.
    private static let idle: UInt64 = 600_000

    func armExpiry(in milliseconds: UInt64 = interval) {
        timers.set(expiryTimer, at: now.steady + milliseconds, .expiry)
    }

    /// Gives the memory of ids back that nobody has asked for; they are read again when somebody does.
    private func forgetIdleIDs() {
        // ORDER: each index is forgotten alone, and that is seen by no one.
        for topic in topics.values where topic.ids != nil && topic.idsAsked + Self.idle <= now.steady {
            topic.ids = nil
        }
    }

    /// Removes some of what is to go, in small slices.
    func sweepExpired() throws(StoreError) {
        var isMore = false
        for table in KeyedRow.Table.allCases {
            let going = try store.expiredRows(table, by: now.wall, limit: Self.slice)
            // What this step wrote anew stays.
            for (key, expiresAt) in going where rows.row(table, key) == nil { remove(table, key, expiresAt: expiresAt) }
            isMore = isMore || going.count == Self.slice
        }
        forgetIdleIDs()
        armExpiry(in: isMore ? 10 : Self.interval)
    }
}
