// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages come back: at once, later, or as a dead letter.
extension Broker {
    private static let keptAttempts = 10

    /// Gives a message back for delivery at once, as if it had not been handed out.
    func giveBack(_ lease: Lease, to subscription: Subscription, _ reason: ReturnReason) {
        subscription.lane.give(back: Returned(lease, reason))
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
        count(outcome, of: subscription)
        guard try !isOver(lease, of: consumer, Failure(outcome: outcome)) else { return }
        var lease = lease
        lease.returns += 1
        let failure = Failure(outcome: outcome)
        if Int(lease.returns) >= subscription.row.settings.maxDeliveries, canEnd(in: subscription) {
            return try giveUp(lease, of: consumer, failure, reason: "max-deliveries")
        }
        let excess = Int(lease.returns) - configuration.patience + 1
        guard excess > 0 else { return giveBack(lease, to: subscription, ReturnReason(outcome)) }
        let delay = jittered(subscription.backoff(afterFailures: UInt64(excess)))
        try comeBack(lease, of: consumer, failure, after: delay)
    }

    /// Gives a message back for delivery later, uncounted.
    func postpone(_ lease: Lease, of consumer: Consumer, by delay: Int) throws(StoreError) {
        let failure = Failure(outcome: .release)
        guard try !isOver(lease, of: consumer, failure) else { return }
        var lease = lease
        lease.returns = 0
        try comeBack(lease, of: consumer, failure, after: delay)
    }

    /// Counts a failure: the message comes back after its backoff, or is dead.
    func fail(_ lease: Lease, of consumer: Consumer, _ failure: Failure) throws(StoreError) {
        let subscription = consumer.subscription
        count(failure.outcome, of: subscription)
        guard try !isDropped(lease, subscription) else { return }
        var lease = lease
        lease.returns = 0
        lease.failures += 1
        if isLast(failure.outcome, lease, subscription), canEnd(in: subscription) {
            return try giveUp(lease, of: consumer, failure, reason: Self.reason(failure.outcome))
        }
        // What has failed for the last time is a dead letter, whether its time is over or not; else that comes first.
        guard try !isOver(lease, of: consumer, failure) else { return }
        try tellFailing(lease, of: consumer, failure)
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
        case .nack, .timeout, .disconnect, .release, .park: "max-failures"
        }
    }

    /// Ends a message that will not be tried again, or hands it to a person where its subscription says so.
    private func giveUp(
        _ lease: Lease, of consumer: Consumer, _ failure: Failure, reason: String
    ) throws(StoreError) {
        let subscription = consumer.subscription
        if subscription.row.settings.onPoison == .park, !subscription.topic.isAboutTheBroker {
            var failure = failure
            failure.code = failure.code.isEmpty ? reason : failure.code
            return try park(lease, of: consumer, failure)
        }
        let row = try history(of: lease, consumer, failure)
        try bury(row, hasRow: lease.hasRow, of: subscription, reason, code: failure.code, by: consumer.name)
    }

    /// Whether a message was dropped while it was held; then nothing is left to remember.
    private func isDropped(_ lease: Lease, _ subscription: Subscription) throws(StoreError) -> Bool {
        guard subscription.lane.isSettled(lease.offset) else { return false }
        if lease.hasRow { try forgetRow(of: lease.offset, subscription) }
        return true
    }

    /// Whether a message that comes back is not to be delivered any more: it was dropped, or its time is over.
    private func isOver(_ lease: Lease, of consumer: Consumer, _ failure: Failure) throws(StoreError) -> Bool {
        let subscription = consumer.subscription
        if try isDropped(lease, subscription) { return true }
        guard subscription.topic.mayExpire, !lease.isTimeless,
            let (segment, message) = try subscription.lane.find(lease.offset, source(of: subscription)),
            let fields = segment.fields(start: message.start, size: message.size), fields.expires != 0,
            fields.expires <= dueNow
        else { return false }
        let row = try history(of: lease, consumer, failure)
        try expire(row, hasRow: lease.hasRow, of: subscription)
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
        if isTight {
            return comeBackFromMemory(Returned(lease, ReturnReason(failure.outcome)), of: subscription, at: time)
        }
        var row = try history(of: lease, consumer, failure)
        let replacing = lease.hasRow ? try deferredRow(of: lease.offset, subscription) : nil
        row.due = time
        try tellTimeouts(row, of: consumer, failure)
        put(row, replacing: replacing, of: subscription)
    }

    /// Lets a message come back without a row: what is counted since its last row is forgotten when the process ends.
    func comeBackFromMemory(_ message: Returned, of subscription: Subscription, at time: UInt64) {
        subscription.lane.keep(message, until: time)
        armDueTimer(subscription)
    }

    /// What is known about a message, this attempt included.
    func history(
        of lease: Lease, _ consumer: Consumer, _ failure: Failure
    ) throws(StoreError) -> Deferred {
        let subscription = consumer.subscription
        let known = lease.hasRow ? try deferredRow(of: lease.offset, subscription) : nil
        var row =
            known
            ?? Deferred(
                offset: lease.offset, failures: 0, deliveries: 0, due: 0, firstDelivered: lease.firstDelivered,
                note: "", attempts: [])
        row.failures = UInt64(lease.failures)
        row.deliveries = UInt64(lease.deliveries)
        row.returns = UInt64(lease.returns)
        row.keyHash = subscription.lane.key(heldBy: lease.offset)
        row.note = failure.note.isEmpty ? row.note : failure.note
        row.attempts.append(
            Attempt(
                time: now.wall, consumer: consumer.name, outcome: failure.outcome, code: failure.code,
                duration: now.steady - lease.delivered))
        row.attempts.removeFirst(max(0, row.attempts.count - Self.keptAttempts))
        return row
    }
}
