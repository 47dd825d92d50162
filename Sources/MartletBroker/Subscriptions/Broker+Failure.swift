// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages come back: at once, later, or as a dead letter.
extension Broker {
    static let keptAttempts = 10

    /// Gives a message back for delivery at once, uncounted.
    func giveBack(_ lease: Lease, to subscription: Subscription) {
        // One that was purged meanwhile finds that out when its turn comes.
        subscription.returned.insert(
            Returned(
                offset: lease.offset, deliveries: lease.deliveries, failures: lease.failures,
                firstDelivered: lease.firstDelivered, hasRow: lease.hasRow))
        pumpLater(subscription)
    }

    /// Gives a message back for delivery later, uncounted.
    func postpone(_ lease: Lease, of consumer: Consumer, by delay: Int) throws(StoreError) {
        guard try !isPurged(lease, consumer.subscription) else { return }
        try putDeferred(lease, of: consumer, Failure(outcome: "release"), failures: lease.failures, delay: delay)
    }

    /// Counts a failure: the message comes back after its backoff, or is dead.
    func fail(_ lease: Lease, of consumer: Consumer, _ failure: Failure) throws(StoreError) {
        let subscription = consumer.subscription
        guard try !isPurged(lease, subscription) else { return }
        let failures = lease.failures + 1
        let isDead = failure.outcome == "reject" || Int(failures) >= subscription.row.settings.maxFailures
        // A dead letter never makes a dead letter, and a full store takes no copies: both are tried again.
        if isDead, !subscription.topic.isDeadLetters, !store.isFull {
            return try bury(lease, of: consumer, failure, failures: failures)
        }
        let delay = failure.delay ?? jittered(subscription.backoff(afterFailures: UInt64(failures)))
        try putDeferred(lease, of: consumer, failure, failures: failures, delay: delay)
    }

    /// Whether a message was dropped while it was held; then nothing is left to remember.
    private func isPurged(_ lease: Lease, _ subscription: Subscription) throws(StoreError) -> Bool {
        guard subscription.settled.contains(lease.offset) else { return false }
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
        row.due = now.wall + UInt64(delay)
        // What has been read past would never be found again.
        if Due(time: row.due, offset: row.offset) <= subscription.duePosition {
            row.due = subscription.duePosition.time + 1
        }
        operations.append(.putDeferred(subscription: subscription.id, row: row, replacing: replacing))
        if !lease.hasRow { subscription.row.deferred += 1 }
        subscription.waiting += 1
        subscription.nextDue = min(subscription.nextDue ?? .max, row.due)
        markChanged(subscription)
        if !subscription.isDeferring {
            subscription.isDeferring = true
            deferring.append(subscription)
        }
    }

    /// What is known about a message, this attempt included.
    private func history(
        of lease: Lease, _ consumer: Consumer, _ failure: Failure
    ) throws(StoreError) -> Deferred {
        var row = Deferred(
            offset: lease.offset, failures: 0, deliveries: UInt64(lease.deliveries), due: 0,
            firstDelivered: lease.firstDelivered, note: "", attempts: [])
        if lease.hasRow, let known = try store.deferred(subscription: consumer.subscription.id, offset: lease.offset) {
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
        guard let row = try store.deferred(subscription: subscription.id, offset: offset) else { return }
        operations.append(.removeDeferred(subscription: subscription.id, offset: offset, due: row.due))
        subscription.row.deferred -= min(1, subscription.row.deferred)
        markChanged(subscription)
    }

    /// Copies a message to the dead letters and settles it, in one commit.
    private func bury(
        _ lease: Lease, of consumer: Consumer, _ failure: Failure, failures: UInt32
    ) throws(StoreError) {
        let subscription = consumer.subscription
        let row = try history(of: lease, consumer, failure)
        let found = try locate(lease.offset, in: subscription.topic, &subscription.rereader)
        guard case .message(let segment, let message) = found, message.offset == lease.offset,
            let fields = segment.fields(start: message.start, size: message.size)
        else {
            // The body cannot be read: nothing is settled, and the damage has been counted.
            return
        }
        let letter = DeadLetter(
            reason: reason(failure), topic: subscription.topic.name, offset: lease.offset,
            subscription: subscription.name, key: String(decoding: fields.key, as: UTF8.self),
            id: String(decoding: fields.id, as: UTF8.self), publishedAt: message.time,
            firstDeliveredAt: row.firstDelivered, at: now.wall, deliveries: row.deliveries,
            failures: UInt64(failures), consumer: consumer.name, code: failure.code,
            note: failure.note.isEmpty ? row.note : failure.note, attempts: row.attempts)
        var headers = Array(fields.headers)
        headers.append(contentsOf: letter.headers.utf8)
        let topic = deadLetters(of: subscription)
        headers.withUnsafeBytes { bytes in
            var copy = fields
            copy.headers = bytes
            append(copy, to: topic)
        }
        subscription.row.dead += 1
        subscription.settled.insert(lease.offset)
        markChanged(subscription)
        if lease.hasRow { try forgetRow(of: lease.offset, subscription) }
    }

    private func reason(_ failure: Failure) -> String {
        switch failure.outcome {
        case "reject": "rejected"
        case "lease-cap": "lease-cap"
        default: "max-failures"
        }
    }

    private func deadLetters(of subscription: Subscription) -> Topic {
        let name = "$dead.\(subscription.topic.name).\(subscription.name)"
        return topics[name] ?? makeTopic(name, configuration.settings(forTopic: name))
    }
}
