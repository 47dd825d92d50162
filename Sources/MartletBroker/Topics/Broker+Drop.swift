// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages leave the log; what a subscription had not settled of them is remembered as its loss.
extension Broker {
    /// Rows about losses that a subscription keeps; further ones are merged into the last.
    static let keptLosses: UInt64 = 1_000

    /// Drops the messages below an offset, settled or not; what filters do not pass of them is settled already.
    ///
    /// - Parameters:
    ///   - kind: how messages end that are not settled, `lost` or `purged`.
    ///   - client: who dropped them, or empty.
    func drop(
        _ topic: Topic, below first: UInt64, as kind: Ending.Kind, by client: String = ""
    ) throws(StoreError) {
        guard first > topic.row.first else { return }
        let trimmed = try store.total(topic: topic.id, before: first)
        defer {
            topic.row.first = first
            topic.row.trimmed = trimmed
            operations.append(.putTopic(topic.row))
            operations.append(.trim(topic: topic.id, first: first))
            operations.append(.unmarkProcesses(topic: topic.id, below: first))
        }
        if let taken = topic.taken {
            taken.lane.drop(below: first)
            markChanged(taken)
        }
        for subscription in topic.subscriptions {
            operations.append(.removeEndings(position: subscription.row.position, below: first))
            for earlier in subscription.row.earlier {
                operations.append(.removeEndings(position: earlier.position, below: first))
            }
            try loseReopened(subscription, below: first, as: kind, by: client)
            if subscription.lane.settled.floor < first - 1 {
                try lose(subscription, below: first, as: kind, by: client)
            }
            takeLeases(of: subscription, reason: kind == .purged ? "purged" : "dropped") {
                $0.offset < first && subscription.lane.isSettled($0.offset)
            }
        }
    }

    /// Ends what was redriven and leaves the log, unless a copy of it was kept.
    private func loseReopened(
        _ subscription: Subscription, below first: UInt64, as kind: Ending.Kind, by client: String
    ) throws(StoreError) {
        guard !subscription.lane.reopened.isEmpty else { return }
        for offset in subscription.lane.reopened.sorted() where offset < first {
            guard try copy(of: offset, subscription) == nil else { continue }
            var ending = Ending(kind, first: offset, last: offset, time: now.wall)
            ending.by = client
            put(ending, of: subscription)
            subscription.row.losses += 1
            subscription.lane.settle(offset)
            try forgetRow(of: offset, subscription)
            guard kind == .lost else { continue }
            subscription.row.lost += 1
            tellLost(subscription, offset..<offset + 1, count: 1)
        }
    }

    /// Ends what a subscription has not settled below an offset.
    private func lose(
        _ subscription: Subscription, below first: UInt64, as kind: Ending.Kind, by client: String
    ) throws(StoreError) {
        let (before, floor) = (subscription.backlog, subscription.lane.settled.floor)
        try addLosses(of: subscription, below: first, as: kind, by: client)
        subscription.lane.drop(below: first)
        pumpLater(subscription)
        tidyLater(subscription)
        if kind == .lost { subscription.row.lost += before - subscription.backlog }
        if kind == .lost { tellLost(subscription, floor + 1..<first, count: before - subscription.backlog) }
        markChanged(subscription)
    }

    /// Writes down the offsets below one that are not settled, as ranges.
    private func addLosses(
        of subscription: Subscription, below first: UInt64, as kind: Ending.Kind, by client: String
    ) throws(StoreError) {
        let position = subscription.row.position
        var pending: Ending?
        var replaced: UInt64?
        if subscription.row.losses > 0 {
            if subscription.lastLoss == nil { subscription.lastLoss = try store.lastLoss(position: position) }
            pending = subscription.lastLoss
            replaced = pending?.last
        }
        let settled = subscription.lane.settled
        var offset = settled.firstUnsettled(from: settled.floor + 1)
        while offset < first {
            let end = min(first, settled.firstSettled(from: offset))
            if let last = pending, isMergeable(last, kind, client, offset, subscription) {
                pending?.last = end - 1
                pending?.time = now.wall
            } else {
                if let pending { write(pending, replacing: replaced, of: subscription) }
                replaced = nil
                pending = Ending(kind, first: offset, last: end - 1, time: now.wall)
                pending?.by = client
            }
            offset = settled.firstUnsettled(from: end)
        }
        guard let pending, pending.last != replaced else { return }
        write(pending, replacing: replaced, of: subscription)
    }

    private func isMergeable(
        _ last: Ending, _ kind: Ending.Kind, _ client: String, _ offset: UInt64, _ subscription: Subscription
    ) -> Bool {
        if last.kind == kind, last.by == client, last.last + 1 == offset { return true }
        return subscription.row.losses >= Self.keptLosses
    }

    private func write(_ loss: Ending, replacing replaced: UInt64?, of subscription: Subscription) {
        guard loss.last != replaced else { return }
        let position = subscription.row.position
        if let replaced {
            operations.append(.removeLoss(position: position, last: replaced))
        } else {
            subscription.row.losses += 1
        }
        put(loss, of: subscription)
        subscription.lastLoss = loss
    }
}
