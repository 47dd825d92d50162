// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages find their consumers.
extension Broker {
    /// What stands at an offset.
    enum Located {
        /// A message.
        case message(Segment, SegmentCursor.Message)
        /// Nothing that can be read before that offset.
        case gap(until: UInt64)
        /// Nothing there or behind.
        case end
    }

    private static let readBytes = 64 * 1_024
    private static let dueLimit = 256

    /// Delivers what can be delivered.
    func pumpAll() throws(StoreError) {
        while !pumping.isEmpty {
            let subscriptions = pumping
            pumping.removeAll(keepingCapacity: true)
            for subscription in subscriptions {
                subscription.wantsPump = false
                if !subscription.isGone { try pump(subscription) }
            }
        }
    }

    private func pump(_ subscription: Subscription) throws(StoreError) {
        while let consumer = subscription.queue.next {
            try loadDue(subscription)
            if let returned = subscription.returned.first {
                _ = subscription.returned.popFirst()
                try redeliver(returned, of: subscription, to: consumer)
            } else if deliverRun(of: subscription, to: consumer) == 0, try !deliverNext(of: subscription, to: consumer)
            {
                return
            }
        }
    }

    /// Delivers consecutive messages of the segment at hand that nobody has seen; the usual case, in one sweep.
    ///
    /// A consumer gets as many at once as are a 64th of its free window, so that those with small windows take turns
    /// message by message.
    private func deliverRun(of subscription: Subscription, to consumer: Consumer) -> Int {
        let cursor = subscription.cursor
        let end = subscription.topic.visible
        guard cursor < end, cursor >= subscription.asideEnd, !subscription.hasReceipts,
            subscription.settled.isEmpty(from: cursor),
            let segment = subscription.reader?.segment, subscription.reader?.offset == cursor, cursor < segment.end
        else { return 0 }
        let limit = min(max(1, consumer.free / 64), Int(min(end, segment.end) - cursor))
        let connection = consumer.connection
        let outbox = outbox(of: connection)
        let deadline = subscription.deadline(from: now.steady, cap: configuration.leaseCap)
        let place = outbox.place(of: segment)
        var reader: SegmentCursor?
        swap(&reader, &subscription.reader)
        var leases = LeaseTable()
        swap(&leases, &consumer.leases)
        var tag = consumer.nextTag
        var bytes = 0
        var count = 0
        while count < limit, bytes < configuration.deliveryBytes, let message = reader?.next() {
            leases.insert(
                Lease(
                    tag: tag, offset: message.offset, deadline: deadline, delivered: now.steady,
                    firstDelivered: now.wall, deliveries: 1, failures: 0, hasRow: false))
            outbox.add(
                Delivery(
                    consumer: consumer.number, tag: tag, offset: message.offset, time: message.time, attempt: 1,
                    segment: place, start: message.start, size: message.size))
            tag += 1
            count += 1
            bytes += message.size + 64
        }
        swap(&leases, &consumer.leases)
        swap(&reader, &subscription.reader)
        consumer.nextTag = tag
        subscription.cursor = cursor + UInt64(count)
        delivered(count, to: consumer, bytes: bytes, outbox)
        return count
    }

    /// What every delivery leaves behind.
    private func delivered(_ count: Int, to consumer: Consumer, bytes: Int, _ outbox: Outbox) {
        consumer.subscription.inFlight += count
        deliveryCount += 1
        consumer.lastDelivery = deliveryCount
        let deadline = consumer.subscription.deadline(from: now.steady, cap: configuration.leaseCap)
        if consumer.timer ?? .max > deadline { armLeases(consumer) }
        if consumer.connection.count(bytes: bytes, limit: configuration.deliveryBytes) {
            outbox.wantsDrained = true
            reconsider(consumer.connection)
        } else {
            consumer.subscription.queue.update(consumer)
        }
    }

    private func redeliver(
        _ returned: Returned, of subscription: Subscription, to consumer: Consumer
    ) throws(StoreError) {
        if subscription.settled.contains(returned.offset) {
            // It was purged while it waited.
            if returned.hasRow { try forgetRow(of: returned.offset, subscription) }
            return
        }
        guard
            case .message(let segment, let message) =
                try locate(returned.offset, in: subscription.topic, &subscription.rereader),
            message.offset == returned.offset
        else { return }
        try deliver(message, in: segment, to: consumer, returned)
    }

    /// Delivers the message at the cursor; false when there is none.
    private func deliverNext(of subscription: Subscription, to consumer: Consumer) throws(StoreError) -> Bool {
        let offset = try nextOffset(of: subscription)
        guard offset < subscription.topic.visible else { return false }
        switch try locate(offset, in: subscription.topic, &subscription.reader) {
        case .message(let segment, let message):
            guard message.offset == offset else {
                // What lies before it is gone; it is looked up again, since this reader has passed it.
                subscription.cursor = message.offset
                subscription.reader = nil
                return true
            }
            subscription.cursor = offset + 1
            try deliver(message, in: segment, to: consumer, nil)
            return true
        case .gap(let until):
            subscription.cursor = until
            return true
        case .end:
            return false
        }
    }

    /// The first offset from the cursor on that is not settled and does not wait on disk.
    private func nextOffset(of subscription: Subscription) throws(StoreError) -> UInt64 {
        while true {
            let offset = subscription.settled.firstUnsettled(from: subscription.cursor)
            subscription.cursor = offset
            guard offset < subscription.asideEnd else { return offset }
            let chunk = offset / SettledSet.chunkSize
            if subscription.aside?.chunk != chunk {
                let range = chunk * SettledSet.chunkSize..<(chunk + 1) * SettledSet.chunkSize
                let offsets = try store.deferredOffsets(subscription: subscription.id, in: range)
                subscription.aside = (chunk, Set(offsets))
            }
            guard subscription.aside?.offsets.contains(offset) == true else { return offset }
            subscription.cursor = offset + 1
        }
    }

    private func deliver(
        _ message: SegmentCursor.Message, in segment: Segment, to consumer: Consumer, _ returned: Returned?
    ) throws(StoreError) {
        let subscription = consumer.subscription
        let tag = consumer.nextTag
        consumer.nextTag += 1
        let attempt = (returned?.deliveries ?? 0) + 1
        consumer.leases.insert(
            Lease(
                tag: tag, offset: message.offset,
                deadline: subscription.deadline(from: now.steady, cap: configuration.leaseCap),
                delivered: now.steady, firstDelivered: returned?.firstDelivered ?? now.wall, deliveries: attempt,
                failures: returned?.failures ?? 0, hasRow: returned?.hasRow ?? false))
        let outbox = outbox(of: consumer.connection)
        var delivery = Delivery(
            consumer: consumer.number, tag: tag, offset: message.offset, time: message.time, attempt: attempt,
            segment: outbox.place(of: segment), start: message.start, size: message.size)
        if subscription.hasReceipts, let fields = segment.fields(start: message.start, size: message.size),
            let receipt = try receipt(of: message.offset, id: fields.id, for: subscription)
        {
            delivery.receipt = outbox.place(of: receipt)
        }
        outbox.add(delivery)
        delivered(1, to: consumer, bytes: message.size + 64, outbox)
    }

    // MARK: - Reading the log

    /// Finds a message, from memory if it is recent; `cursor` remembers the place for the next call.
    func locate(
        _ offset: UInt64, in topic: Topic, _ cursor: inout SegmentCursor?
    ) throws(StoreError) -> Located {
        if cursor == nil || offset < cursor?.offset ?? 0 || offset >= cursor?.segment.end ?? 0 {
            if let segment = topic.recent.segment(holding: offset) {
                cursor = SegmentCursor(segment)
            } else {
                switch try store.read(topic: topic.id, from: offset, bytes: Self.readBytes) {
                case .segment(let segment): cursor = SegmentCursor(segment)
                case .damaged(let range):
                    cursor = nil
                    damaged += UInt64(range.count)
                    return .gap(until: range.upperBound)
                case .none:
                    cursor = nil
                    return .end
                }
            }
        }
        cursor?.skip(to: offset)
        guard let segment = cursor?.segment, let message = cursor?.next() else { return .end }
        return .message(segment, message)
    }

    /// Takes messages from disk whose time has come.
    private func loadDue(_ subscription: Subscription) throws(StoreError) {
        guard let due = subscription.nextDue, due <= now.wall, !subscription.isDeferring,
            subscription.returned.count < Self.dueLimit
        else { return }
        let rows = try store.due(
            subscription: subscription.id, after: subscription.duePosition, limit: Self.dueLimit)
        subscription.nextDue = nil
        for due in rows {
            guard due.time <= now.wall else {
                subscription.nextDue = due.time
                break
            }
            subscription.duePosition = due
            subscription.nextDue = due.time
            subscription.waiting -= min(1, subscription.waiting)
            guard let row = try store.deferred(subscription: subscription.id, offset: due.offset) else { continue }
            subscription.returned.insert(
                Returned(
                    offset: row.offset, deliveries: UInt32(clamping: row.deliveries),
                    failures: UInt32(clamping: row.failures), firstDelivered: row.firstDelivered, hasRow: true))
        }
        if rows.isEmpty || (rows.count < Self.dueLimit && rows.last.map { $0.time <= now.wall } == true) {
            subscription.nextDue = nil
        }
        armDue(subscription)
    }
}
