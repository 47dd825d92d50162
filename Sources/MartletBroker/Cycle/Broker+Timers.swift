// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// What happens because time has passed.
extension Broker {
    private static let longestWait: UInt64 = 60_000

    func runTimers() throws(StoreError) {
        while let task = timers.pop(at: now.steady) {
            switch task {
            case .leases(let consumer): try expire(consumer)
            case .due(let subscription):
                subscription.dueTimer = nil
                guard !subscription.isGone else { continue }
                armDue(subscription)
                pumpLater(subscription)
            case .ephemeral(let subscription):
                subscription.hasEphemeralTimer = false
                guard !subscription.isGone, let time = subscription.goesAt else { continue }
                if time <= now.steady {
                    remove(subscription, reason: "deleted")
                } else {
                    subscription.hasEphemeralTimer = true
                    timers.add(.ephemeral(subscription), at: time)
                }
            case .retention(let topic): try retain(topic)
            case .transaction(let connection): expireTransaction(of: connection)
            case .grace(let consumer): try endGrace(of: consumer)
            case .expiry: try removeWhatGoes()
            }
        }
    }

    /// Sets the timer for a consumer's next lease, unless one is set that is as early.
    func armLeases(_ consumer: Consumer) {
        guard let deadline = consumer.nextDeadline() else { return }
        if let timer = consumer.timer, timer <= deadline { return }
        consumer.timer = deadline
        timers.add(.leases(consumer), at: deadline)
    }

    /// Returns the messages whose leases have run out.
    private func expire(_ consumer: Consumer) throws(StoreError) {
        guard !consumer.isGone, let timer = consumer.timer, timer <= now.steady else { return }
        consumer.timer = nil
        var tags: [UInt64] = []
        while let tag = consumer.expired(at: now.steady), let lease = consumer.leases.remove(tag) {
            consumer.subscription.inFlight -= 1
            consumer.lost.insert(tag)
            tags.append(tag)
            let isCapped = lease.isTouched && lease.deadline >= lease.delivered + UInt64(configuration.leaseCap)
            try fail(lease, of: consumer, Failure(outcome: isCapped ? "lease-cap" : "timeout"))
        }
        if !tags.isEmpty {
            push(.lost(consumer: consumer.number, tags: tags.sorted(), reason: "timeout"), to: consumer.connection)
            consumer.subscription.queue.update(consumer)
            pumpLater(consumer.subscription)
        }
        armLeases(consumer)
    }

    /// Sets the timer for the next returned message that becomes due.
    ///
    /// Due times are wall-clock times; the wait is cut so that a clock that was set forward is noticed.
    func armDue(_ subscription: Subscription) {
        guard let due = subscription.nextDue, !subscription.isGone else { return }
        if due <= now.wall { return pumpLater(subscription) }
        let time = now.steady + min(due - now.wall, Self.longestWait)
        if let timer = subscription.dueTimer, timer <= time { return }
        subscription.dueTimer = time
        timers.add(.due(subscription), at: time)
    }
}
