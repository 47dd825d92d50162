// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Deliveries end, or get more time.
extension Broker {
    /// `ACK` of consecutive tags, the common form.
    func acknowledge(
        _ number: UInt64, _ first: UInt64, _ last: UInt64, for connection: Connection
    ) throws(StoreError) {
        guard let consumer = connection.consumers[number] else {
            return reply(.refused(.unknownConsumer(number)), to: connection)
        }
        let count = last - first + 1
        guard last < consumer.nextTag, count <= UInt64(consumer.leases.count) else {
            let request = Settle(verb: .ack, consumer: number, tags: [first...last])
            return reply(try settle(request, consumer), to: connection)
        }
        let subscription = consumer.subscription
        settling.removeAll(keepingCapacity: true)
        consumer.leases.remove(first: first, last: last, into: &settling)
        subscription.settled.insert(settling)
        let found = UInt64(settling.count)
        if found > 0 { markChanged(subscription) }
        for lease in settling where lease.hasRow { try forgetRow(of: lease.offset, subscription) }
        settledSome(found, of: consumer)
        let gone = found == count ? [] : consumer.lost.intersection(first...last)
        let lost = gone.isEmpty ? [] : TagRanges.subtract(settling.map(\.tag), from: gone)
        reply(Outbox.Settled(count: count - Self.count(lost), lost: lost), to: connection)
    }

    func settle(_ request: Settle, for connection: Connection) throws {
        reply(try settle(request, try consumer(request.consumer, of: connection)), to: connection)
    }

    /// Ends deliveries, and gives the reply to that.
    func settle(_ request: Settle, _ consumer: Consumer) throws(StoreError) -> Outbox.Settled {
        var settled: UInt64 = 0
        var found: UInt64 = 0
        var lost: [ClosedRange<UInt64>] = []
        for range in request.tags {
            let live = consumer.leases.tags(in: range)
            for tag in live {
                guard let lease = consumer.leases.remove(tag) else { continue }
                found += 1
                try settle(lease, as: request, of: consumer)
            }
            let gone = TagRanges.subtract(live, from: Self.withoutLease(range, consumer))
            settled += range.upperBound - range.lowerBound + 1 - Self.count(gone)
            lost.append(contentsOf: gone)
        }
        settledSome(found, of: consumer)
        return Outbox.Settled(count: settled, lost: lost)
    }

    private func reply(_ settled: Outbox.Settled, to connection: Connection) {
        if settled.lost.isEmpty {
            reply(.settled(settled.count), to: connection)
        } else {
            reply(.settled(settled.count, lost: settled.lost), to: connection)
        }
    }

    private func settledSome(_ count: UInt64, of consumer: Consumer) {
        guard count > 0 else { return }
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

    private func settle(_ lease: Lease, as request: Settle, of consumer: Consumer) throws(StoreError) {
        let subscription = consumer.subscription
        switch request.verb {
        case .ack:
            try handled(lease, by: subscription)
        case .nack:
            let failure = Failure(outcome: "nack", code: request.code, note: request.note, delay: request.delay)
            try fail(lease, of: consumer, failure)
        case .reject:
            try fail(lease, of: consumer, Failure(outcome: "reject", code: request.code, note: request.note))
        case .release:
            if let delay = request.delay, delay > 0 {
                try postpone(lease, of: consumer, by: delay)
            } else {
                giveBack(lease, to: subscription)
            }
        }
    }

    private func handled(_ lease: Lease, by subscription: Subscription) throws(StoreError) {
        subscription.settled.insert(lease.offset)
        markChanged(subscription)
        if lease.hasRow { try forgetRow(of: lease.offset, subscription) }
    }

    /// What of a range has no lease and was not settled either: tags that were lost, and tags never given.
    private static func withoutLease(
        _ range: ClosedRange<UInt64>, _ consumer: Consumer
    ) -> [ClosedRange<UInt64>] {
        var gone = consumer.lost.intersection(range)
        if range.upperBound >= consumer.nextTag {
            gone.append(max(range.lowerBound, consumer.nextTag)...range.upperBound)
        }
        return gone
    }

    private static func count(_ ranges: [ClosedRange<UInt64>]) -> UInt64 {
        ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) }
    }

    func touch(_ request: Touch, for connection: Connection) throws(Refusal) {
        let consumer = try consumer(request.consumer, of: connection)
        let extend = UInt64(request.extend ?? consumer.subscription.row.settings.lease)
        var touched: UInt64 = 0
        var until = now.steady + extend
        var lost: [ClosedRange<UInt64>] = []
        for range in request.tags {
            for tag in consumer.leases.tags(in: range) {
                guard let lease = consumer.leases[tag] else { continue }
                let deadline = min(now.steady + extend, lease.delivered + UInt64(configuration.leaseCap))
                until = min(until, deadline)
                consumer.extend(tag, to: deadline)
                touched += 1
            }
            lost.append(contentsOf: withoutTouch(range, consumer))
        }
        armLeases(consumer)
        reply(.touched(touched, until: now.wall + until - min(until, now.steady), lost: lost), to: connection)
    }

    /// What of a range cannot be touched: everything that is not outstanding.
    private func withoutTouch(_ range: ClosedRange<UInt64>, _ consumer: Consumer) -> [ClosedRange<UInt64>] {
        var gone: [ClosedRange<UInt64>] = []
        var next = range.lowerBound
        for tag in consumer.leases.tags(in: range) {
            if tag > next { gone.append(next...(tag - 1)) }
            next = tag + 1
        }
        if next <= range.upperBound { gone.append(next...range.upperBound) }
        return gone
    }
}
