// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages come back: at once, later, or as a dead letter.
extension Broker {
    private static let keptAttempts = 10

    /// Gives a message back for delivery at once, uncounted.
    func giveBack(_ lease: Lease, to subscription: Subscription) {
        subscription.lane.give(back: Returned(lease))
        pumpLater(subscription)
    }

    /// Gives a message back for delivery later, uncounted.
    func postpone(_ lease: Lease, of consumer: Consumer, by delay: Int) throws(StoreError) {
        guard try !isPurged(lease, consumer.subscription) else { return }
        try putDeferred(lease, of: consumer, Failure(outcome: .release), failures: lease.failures, delay: delay)
    }

    /// Counts a failure: the message comes back after its backoff, or is dead.
    func fail(_ lease: Lease, of consumer: Consumer, _ failure: Failure) throws(StoreError) {
        let subscription = consumer.subscription
        guard try !isPurged(lease, subscription) else { return }
        let failures = lease.failures + 1
        if isLast(failure.outcome, lease, subscription), !store.isFull {
            return try bury(lease, of: consumer, failure, failures: failures)
        }
        let delay = failure.delay ?? jittered(subscription.backoff(afterFailures: UInt64(failures)))
        try putDeferred(lease, of: consumer, failure, failures: failures, delay: delay)
    }

    /// Whether a failure makes a dead letter, which itself never makes one.
    func isLast(_ outcome: AttemptOutcome, _ lease: Lease, _ subscription: Subscription) -> Bool {
        guard !subscription.topic.isDeadLetters else { return false }
        return outcome == .reject || Int(lease.failures) + 1 >= subscription.row.settings.maxFailures
    }

    /// Whether a message was dropped while it was held; then nothing is left to remember.
    private func isPurged(_ lease: Lease, _ subscription: Subscription) throws(StoreError) -> Bool {
        guard subscription.lane.settled.contains(lease.offset) else { return false }
        if lease.hasRow { try forgetRow(of: lease.offset, subscription) }
        return true
    }

    private func jittered(_ delay: Int) -> Int {
        Int(Double(delay) * Double.random(in: 0.8...1.2, using: &random))
    }

    private func putDeferred(
        _ lease: Lease, of consumer: Consumer, _ failure: Failure, failures: UInt32, delay: Int
    ) throws(StoreError) {
        let subscription = consumer.subscription
        var row = try history(of: lease, consumer, failure)
        let replacing = lease.hasRow ? row.due : nil
        row.failures = UInt64(failures)
        row.note = failure.note.isEmpty ? row.note : failure.note
        row.due = subscription.lane.postpone(until: Due(time: now.wall + UInt64(delay), offset: row.offset))
        operations.append(.putDeferred(position: subscription.row.position, row: row, replacing: replacing))
        produced += row.size
        if !lease.hasRow { subscription.row.deferredRows += 1 }
        markChanged(subscription)
        if !subscription.isDeferring {
            subscription.isDeferring = true
            deferring.append(subscription)
        }
    }

    /// What is known about a message, this attempt included.
    func history(
        of lease: Lease, _ consumer: Consumer, _ failure: Failure
    ) throws(StoreError) -> Deferred {
        var row = Deferred(
            offset: lease.offset, failures: 0, deliveries: UInt64(lease.deliveries), due: 0,
            firstDelivered: lease.firstDelivered, note: "", attempts: [])
        let position = consumer.subscription.row.position
        if lease.hasRow, let known = try store.deferred(position: position, offset: lease.offset) {
            row.attempts = known.attempts
            row.firstDelivered = known.firstDelivered
            row.note = known.note
            row.due = known.due
        }
        row.attempts.append(
            Attempt(
                time: now.wall, consumer: consumer.name, outcome: failure.outcome, code: failure.code,
                duration: now.steady - lease.delivered))
        row.attempts.removeFirst(max(0, row.attempts.count - Self.keptAttempts))
        return row
    }

    /// Forgets what the store knows about a returned message that is settled now.
    func forgetRow(of offset: UInt64, _ subscription: Subscription) throws(StoreError) {
        let position = subscription.row.position
        guard let row = try store.deferred(position: position, offset: offset) else { return }
        operations.append(.removeDeferred(position: position, offset: offset, due: row.due))
        subscription.row.deferredRows -= min(1, subscription.row.deferredRows)
        markChanged(subscription)
    }
}

extension Deferred {
    /// About how many bytes the row takes.
    fileprivate var size: Int { 200 + note.utf8.count + 96 * attempts.count }
}
