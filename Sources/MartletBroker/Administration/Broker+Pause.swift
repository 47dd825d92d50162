// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Deliveries of a subscription stop for a while (semantics 2).
extension Broker {
    /// The end of a pause that has none.
    private static let endless = UInt64.max

    /// Whether a subscription gets nothing for now.
    func isPaused(_ subscription: Subscription) -> Bool { subscription.row.pausedUntil > dueNow }

    func pause(_ topic: String, _ name: String, for duration: Int?, by connection: Connection) throws(Refusal) {
        let subscription = try subscription(topic, name)
        subscription.row.pausedUntil = duration.map { dueNow + UInt64($0) } ?? Self.endless
        markChanged(subscription)
        armPause(subscription)
        reply(.ok, to: connection)
    }

    func resume(_ topic: String, _ name: String, by connection: Connection) throws(Refusal) {
        let subscription = try subscription(topic, name)
        resume(subscription)
        reply(.ok, to: connection)
    }

    /// Goes on with deliveries.
    func resume(_ subscription: Subscription) {
        guard subscription.row.pausedUntil > 0 else { return }
        subscription.row.pausedUntil = 0
        markChanged(subscription)
        pumpLater(subscription)
    }

    /// Sets the timer for the end of a pause.
    func armPause(_ subscription: Subscription) {
        let until = subscription.row.pausedUntil
        guard until > 0, until < Self.endless else { return }
        let left = until - min(until, dueNow)
        timers.set(subscription.pauseTimer, at: now.steady + left, .pause(subscription))
    }

    /// Ends a pause whose time is over; a second one may have replaced it.
    func endPause(_ subscription: Subscription) {
        guard !subscription.isGone, subscription.row.pausedUntil > 0 else { return }
        if isPaused(subscription) { armPause(subscription) } else { resume(subscription) }
    }
}
