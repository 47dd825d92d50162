// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// How far messages that are about to be dropped have been looked through for what filters do not pass.
///
/// Such a message is not lost. It takes several steps where there are many.
struct FilterLook {
    /// Up to where each subscription has been looked through, by its id.
    fileprivate var looked: [UInt64: UInt64] = [:]
}

extension Broker {
    /// Settles what filters do not pass below an offset; false when the step had no room for all.
    func look(through topic: Topic, below first: UInt64, _ look: inout FilterLook) throws(StoreError) -> Bool {
        var budget = configuration.scanLimit
        for subscription in topic.subscriptions where subscription.lane.filters {
            let looked = look.looked[subscription.id] ?? 0
            look.looked[subscription.id] = try settleFiltered(subscription, looked..<max(looked, first), &budget)
            if budget <= 0 { return false }
        }
        return true
    }

    /// Settles what the filter does not pass of some offsets, as many as the budget has.
    ///
    /// - Returns: the first offset that was not looked at.
    private func settleFiltered(
        _ subscription: Subscription, _ range: Range<UInt64>, _ budget: inout Int
    ) throws(StoreError) -> UInt64 {
        let lane = subscription.lane
        let end = min(range.upperBound, subscription.topic.visible)
        var offset = lane.settled.firstUnsettled(from: max(lane.settled.floor + 1, range.lowerBound))
        while offset < end, budget > 0 {
            budget -= 1
            let filter = subscription.row.settings.filter
            if try message(at: offset, subscription)?.withFields({ filter.passes($0) }) == false {
                lane.settle(offset)
                subscription.row.filtered += 1
                markChanged(subscription)
            }
            offset = lane.settled.firstUnsettled(from: offset + 1)
        }
        return offset
    }
}
