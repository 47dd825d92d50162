// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// Messages leave the log; what a subscription had not settled of them is remembered as its loss.
extension Broker {
    /// Rows about losses that a subscription keeps; further ones are merged into the last.
    static let keptLosses: UInt64 = 1_000

    /// Drops the messages below an offset, settled or not.
    ///
    /// - Parameters:
    ///   - kind: how messages end that are not settled, `lost` or `purged`.
    ///   - client: who dropped them, or empty.
    func drop(
        _ topic: Topic, below first: UInt64, as kind: Ending.Kind, by client: String = ""
    ) throws(StoreError) {
        guard first > topic.row.first else { return }
        topic.row.first = first
        topic.row.trimmed = try store.total(topic: topic.id, before: first)
        operations.append(.putTopic(topic.row))
        operations.append(.trim(topic: topic.id, first: first))
        for subscription in topic.subscriptions {
            operations.append(.removeEndings(position: subscription.row.position, below: first))
            guard subscription.lane.settled.floor < first - 1 else { continue }
            try lose(subscription, below: first, as: kind, by: client)
        }
    }

    /// Ends what a subscription has not settled below an offset.
    private func lose(
        _ subscription: Subscription, below first: UInt64, as kind: Ending.Kind, by client: String
    ) throws(StoreError) {
        let (before, floor) = (subscription.backlog, subscription.lane.settled.floor)
        try addLosses(of: subscription, below: first, as: kind, by: client)
        subscription.lane.drop(below: first)
        tidyLater(subscription)
        if kind == .lost { subscription.row.lost += before - subscription.backlog }
        if kind == .lost { note(.lost(subscription, floor + 1..<first, count: before - subscription.backlog)) }
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
        operations.append(.putEnding(position: position, loss))
        subscription.lastLoss = loss
    }
}
