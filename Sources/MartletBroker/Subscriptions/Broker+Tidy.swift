// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// Rows about returned messages go when their messages leave the log.
extension Broker {
    /// Rows that one step removes.
    private static let rowsAtOnce = 4_096

    /// Removes the rows of messages below the floor, in the steps to come.
    func tidyLater(_ subscription: Subscription) {
        guard subscription.row.deferredRows > 0, !subscription.isTidying else { return }
        subscription.isTidying = true
        unfinished.append(.rows(subscription))
    }

    /// Removes some rows of messages below the floor; true when that were all.
    func tidy(_ subscription: Subscription) throws(StoreError) -> Bool {
        guard !subscription.isGone else { return true }
        // What this step writes cannot be read yet.
        guard !subscription.isDeferring, subscription.written.isEmpty else { return false }
        let range = min(subscription.tidied, subscription.lane.settled.floor + 1)..<subscription.lane.settled.floor + 1
        let position = subscription.row.position
        let offsets = try store.deferredOffsets(position: position, in: range, limit: Self.rowsAtOnce)
        for offset in offsets where subscription.lane.isSettled(offset) { try forgetRow(of: offset, subscription) }
        produced += 64 * offsets.count
        subscription.tidied = (offsets.last ?? 0) + 1
        guard offsets.count < Self.rowsAtOnce else { return false }
        subscription.isTidying = false
        subscription.tidied = 0
        return true
    }
}
