// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Deliveries end.
extension Broker {
    /// `ACK` of consecutive tags, the common form.
    func acknowledge(
        _ number: UInt64, _ first: UInt64, _ last: UInt64, for connection: Connection
    ) throws(StoreError) {
        guard let consumer = connection.consumers[number] else {
            return reply(.refused(.unknownConsumer(number)), to: connection)
        }
        let count = last - first + 1
        guard first >= consumer.firstTag, last < consumer.nextTag, count <= UInt64(consumer.leases.count) else {
            var progress = SettleProgress(Settle(verb: .ack, consumer: number, tags: [first...last]), consumer)
            try settleAll(&progress)
            return reply(progress, to: connection)
        }
        let subscription = consumer.subscription
        settling.removeAll(keepingCapacity: true)
        consumer.leases.remove(first: first, last: last, into: &settling)
        subscription.lane.settle(settling)
        let found = UInt64(settling.count)
        if found > 0 { markChanged(subscription) }
        subscription.counts.acked += found
        countEnds(settling)
        for lease in settling where lease.hasRow { try settledRow(of: lease.offset, subscription) }
        settledSome(found, of: consumer)
        let gone = found == count ? [] : consumer.lost.intersection(first...last)
        let lost = gone.isEmpty ? [] : TagRanges.subtract(settling.map(\.tag), from: gone)
        reply(count: count - SettleProgress.count(lost), lost: lost, to: connection)
    }

    /// Settles as much as the step has room for, and answers when that was all; else gives what is left.
    func settle(_ progress: SettleProgress, for connection: Connection) throws(StoreError) -> SettleProgress? {
        var progress = progress
        let before = progress.found
        while !isStepFull, let lease = progress.next() {
            try settle(lease, as: progress.command, of: progress.consumer)
        }
        settledSome(progress.found - before, of: progress.consumer)
        if isStepFull, !progress.isDone { return progress }
        reply(progress, to: connection)
        return nil
    }

    /// Settles all that a command means, in this step.
    func settleAll(_ progress: inout SettleProgress) throws(StoreError) {
        while let lease = progress.next() { try settle(lease, as: progress.command, of: progress.consumer) }
        settledSome(progress.found, of: progress.consumer)
    }

    /// Forgets what is known about a returned message that was handled.
    func settledRow(of offset: UInt64, _ subscription: Subscription) throws(StoreError) {
        if let row = try deferredRow(of: offset, subscription), row.redrives > 0 {
            try countRedriven(row, died: false, of: subscription)
        }
        try forgetRow(of: offset, subscription)
    }

    private func reply(_ progress: SettleProgress, to connection: Connection) {
        reply(count: progress.count, lost: progress.lost, to: connection)
    }

    private func reply(count: UInt64, lost: [ClosedRange<UInt64>], to connection: Connection) {
        if lost.isEmpty {
            reply(.settled(count), to: connection)
        } else {
            counts.leasesLost += SettleProgress.count(lost)
            reply(.settled(count, lost: lost), to: connection)
        }
    }

    private func settledSome(_ count: UInt64, of consumer: Consumer) {
        guard count > 0, !consumer.isGone else { return }
        consumer.timeoutsInRow = 0
        let subscription = consumer.subscription
        subscription.inFlight -= Int(count)
        // A consumer that was full waits for work, and gets it without waiting for its confirmation.
        let wasFull = consumer.leases.count + Int(count) >= consumer.window
        if !wasFull, consumer.connection.settled(in: stepNumber, confirmed: confirmedStep) {
            held.append(consumer.connection)
            reconsider(consumer.connection)
        }
        subscription.queue.update(consumer)
        pumpLater(subscription)
    }

    private func settle(_ lease: Lease, as command: Settle, of consumer: Consumer) throws(StoreError) {
        let subscription = consumer.subscription
        countEnd(lease)
        switch command.verb {
        case .ack:
            subscription.counts.acked += 1
            subscription.lane.settle(lease.offset)
            markChanged(subscription)
            if lease.hasRow { try settledRow(of: lease.offset, subscription) }
        case .nack:
            subscription.counts.nacked += 1
            let failure = Failure(outcome: .nack, code: command.code, note: command.note, delay: command.delay)
            try fail(lease, of: consumer, failure)
        case .park:
            subscription.counts.parked += 1
            try park(lease, of: consumer, Failure(outcome: .park, code: command.code, note: command.note))
        case .reject:
            subscription.counts.rejected += 1
            try fail(lease, of: consumer, Failure(outcome: .reject, code: command.code, note: command.note))
        case .release:
            subscription.counts.released += 1
            if let delay = command.delay, delay > 0 {
                try postpone(lease, of: consumer, by: delay)
            } else {
                try giveBackUncounted(lease, of: consumer, .release)
            }
        }
    }
}
