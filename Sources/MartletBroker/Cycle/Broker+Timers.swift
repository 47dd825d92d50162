// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// What happens because time has passed.
extension Broker {
    /// Runs what had become due at a moment, as long as the step has room.
    func runTimers(until moment: UInt64) throws(StoreError) {
        judged = moment
        while produced < configuration.stepBytes * 3 / 2, let task = timers.pop(at: moment) {
            switch task {
            case .leases(let consumer): try expire(consumer)
            case .due(let subscription):
                guard !subscription.isGone else { continue }
                armDue(subscription)
                pumpLater(subscription)
            case .ephemeral(let subscription):
                guard !subscription.isGone, let time = subscription.removeAt else { continue }
                if time <= judged {
                    remove(subscription, reason: "expired")
                } else {
                    timers.set(subscription.ephemeralTimer, at: time, .ephemeral(subscription))
                }
            case .retention(let topic): try retain(topic)
            case .transaction(let connection): expireTransaction(of: connection)
            case .grace(let consumer): try endGrace(of: consumer)
            case .farewells(let connection): forgetFarewells(of: connection)
            case .expiry: try sweepExpired()
            case .pause(let subscription): endPause(subscription)
            case .expiries(let topic): try endExpired(of: topic)
            case .scheduled: try publishDue()
            case .redrive(let subscription): try goOnRedriving(subscription)
            case .expectations: try missExpectations()
            case .expectation(let subscription): try checkExpectation(of: subscription)
            case .watch: try watch()
            }
        }
    }

    /// Sets the timer for a consumer's next lease.
    func armLeases(_ consumer: Consumer) {
        guard let deadline = consumer.nextDeadline() else { return }
        timers.setEarlier(consumer.leaseTimer, at: deadline, .leases(consumer))
    }

    /// Returns the messages whose leases have run out, as many as the step has room for.
    private func expire(_ consumer: Consumer) throws(StoreError) {
        guard !consumer.isGone else { return }
        var tags: [UInt64] = []
        while produced < configuration.stepBytes * 3 / 2, let tag = consumer.expired(at: judged),
            let lease = consumer.leases.remove(tag)
        {
            consumer.subscription.inFlight -= 1
            consumer.lost.insert(tag)
            tags.append(tag)
            let isCapped = lease.isTouched && lease.deadline >= lease.delivered + UInt64(configuration.leaseCap)
            try fail(lease, of: consumer, Failure(outcome: isCapped ? .leaseCap : .timeout))
        }
        if !tags.isEmpty {
            push(.lost(consumer: consumer.number, tags: tags.sorted(), reason: "timeout"), to: consumer.connection)
            consumer.subscription.queue.update(consumer)
            pumpLater(consumer.subscription)
        }
        armLeases(consumer)
    }

    /// Has a subscription looked at when its next returned message becomes due, now if it is.
    func armDue(_ subscription: Subscription) {
        guard let due = subscription.lane.nextDue, !subscription.isGone else { return }
        if due <= dueNow { pumpLater(subscription) } else { armDueTimer(subscription) }
    }

    /// Sets the timer for the next returned message that becomes due later.
    func armDueTimer(_ subscription: Subscription) {
        guard let due = subscription.lane.nextDue, due > dueNow, !subscription.isGone else { return }
        let time = now.steady + (due - dueNow)
        timers.setEarlier(subscription.dueTimer, at: time, .due(subscription))
    }
}
