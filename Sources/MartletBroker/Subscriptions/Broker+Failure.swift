// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages come back: at once, later, or as a dead letter.
extension Broker {
    private static let keptAttempts = 10

    /// What a row counts for how much a step does, in bytes: it costs as much time as some of a message.
    private var rowWeight: Int { min(4_096, configuration.stepBytes / 16) }

    /// Gives a message back for delivery at once, as if it had not been handed out.
    func giveBack(_ lease: Lease, to subscription: Subscription) {
        subscription.lane.give(back: Returned(lease))
        pumpLater(subscription)
    }

    /// Gives a message back uncounted: at once the first times, later when that goes on, and as a
    /// dead letter in the end.
    ///
    /// What kills its worker, or is released again and again, is thereby no storm.
    func giveBackUncounted(
        _ lease: Lease, of consumer: Consumer, _ outcome: AttemptOutcome
    ) throws(StoreError) {
        let subscription = consumer.subscription
        guard try !isPurged(lease, subscription) else { return }
        var lease = lease
        lease.returns += 1
        let failure = Failure(outcome: outcome)
        if Int(lease.returns) >= subscription.row.settings.maxDeliveries, canEnd(in: subscription) {
            return try end(lease, of: consumer, failure, reason: "max-deliveries")
        }
        let excess = Int(lease.returns) - configuration.patience + 1
        guard excess > 0 else { return giveBack(lease, to: subscription) }
        let delay = jittered(subscription.backoff(afterFailures: UInt64(excess)))
        try comeBack(lease, of: consumer, failure, after: delay)
    }

    /// Gives a message back for delivery later, uncounted.
    func postpone(_ lease: Lease, of consumer: Consumer, by delay: Int) throws(StoreError) {
        guard try !isPurged(lease, consumer.subscription) else { return }
        var lease = lease
        lease.returns = 0
        try comeBack(lease, of: consumer, Failure(outcome: .release), after: delay)
    }

    /// Counts a failure: the message comes back after its backoff, or is dead.
    func fail(_ lease: Lease, of consumer: Consumer, _ failure: Failure) throws(StoreError) {
        let subscription = consumer.subscription
        guard try !isPurged(lease, subscription) else { return }
        var lease = lease
        lease.returns = 0
        lease.failures += 1
        if isLast(failure.outcome, lease, subscription), canEnd(in: subscription) {
            return try end(lease, of: consumer, failure, reason: Self.reason(failure.outcome))
        }
        let delay = failure.delay ?? jittered(subscription.backoff(afterFailures: UInt64(lease.failures)))
        try comeBack(lease, of: consumer, failure, after: delay)
    }

    /// Whether a failure that is counted in the lease makes a dead letter.
    func isLast(_ outcome: AttemptOutcome, _ lease: Lease, _ subscription: Subscription) -> Bool {
        outcome == .reject || Int(lease.failures) >= subscription.row.settings.maxFailures
    }

    /// Whether a message can be ended now: a dead letter never is, and while the store is full nothing is.
    func canEnd(in subscription: Subscription) -> Bool { !subscription.topic.isDeadLetters && !isFull }

    private static func reason(_ outcome: AttemptOutcome) -> String {
        switch outcome {
        case .reject: "rejected"
        case .leaseCap: "lease-cap"
        case .nack, .timeout, .disconnect, .release: "max-failures"
        }
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

    /// Lets a message come back after a delay, with a row about it as long as there is room for rows.
    private func comeBack(
        _ lease: Lease, of consumer: Consumer, _ failure: Failure, after delay: Int
    ) throws(StoreError) {
        let subscription = consumer.subscription
        let time = dueNow + UInt64(delay)
        if isTight { return comeBackFromMemory(lease, of: subscription, at: time) }
        var row = try history(of: lease, consumer, failure)
        let replacing = lease.hasRow ? row.due : nil
        row.failures = UInt64(lease.failures)
        row.returns = UInt64(lease.returns)
        row.note = failure.note.isEmpty ? row.note : failure.note
        row.due = subscription.lane.postpone(until: Due(time: time, offset: row.offset))
        operations.append(.putDeferred(position: subscription.row.position, row: row, replacing: replacing))
        produced += max(row.size, rowWeight)
        taken += row.size
        if !lease.hasRow { subscription.row.deferredRows += 1 }
        markChanged(subscription)
        if !subscription.isDeferring {
            subscription.isDeferring = true
            deferring.append(subscription)
        }
    }

    /// Lets a message come back without a row: what is counted since its last row is forgotten when the process ends.
    private func comeBackFromMemory(_ lease: Lease, of subscription: Subscription, at time: UInt64) {
        subscription.lane.keep(Returned(lease), until: time)
        armDueTimer(subscription)
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
        if subscription.forgotten.isEmpty { forgetting.append(subscription) }
        guard subscription.forgotten.insert(offset).inserted else { return }
        operations.append(.removeDeferred(position: position, offset: offset, due: row.due))
        subscription.lane.forget(Due(time: row.due, offset: offset))
        subscription.row.deferredRows -= min(1, subscription.row.deferredRows)
        markChanged(subscription)
    }
}

extension Deferred {
    /// About how many bytes the row takes.
    fileprivate var size: Int { 200 + note.utf8.count + 96 * attempts.count }
}
