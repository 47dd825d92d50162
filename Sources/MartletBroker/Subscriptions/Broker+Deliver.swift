// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages find their consumers.
extension Broker {
    /// Delivers what can be delivered.
    func pumpAll() throws(StoreError) {
        while !pumping.isEmpty {
            let subscriptions = pumping
            pumping.removeAll(keepingCapacity: true)
            for subscription in subscriptions {
                subscription.wantsPump = false
                guard !subscription.isGone else { continue }
                try pump(subscription)
                // What is read ahead for those who do not read would be as much again.
                if deliveryBudget.isScarce { subscription.lane.letGo() }
            }
        }
        askAllIfScarce()
    }

    private func pump(_ subscription: Subscription) throws(StoreError) {
        guard !isPaused(subscription) else { return }
        let lane = subscription.lane
        var budget = configuration.scanLimit
        defer { noteFiltered(of: subscription) }
        while let consumer = subscription.queue.next {
            if deliverRun(of: subscription, to: consumer) > 0 { continue }
            // What is over may make dead letters.
            if isStepFull, subscription.topic.mayExpire { return scanLater(subscription) }
            let next = try lane.next(
                below: subscription.topic.visible, at: dueNow, from: source(of: subscription), budget: &budget)
            switch next {
            case .message(let segment, let message, let returned):
                try deliver(message, in: segment, to: consumer, returned)
            case .gone(let returned):
                // It was purged while it waited.
                if returned.hasRow { try forgetRow(of: returned.offset, subscription) }
            case .damaged(let range): try giveUp(range, of: subscription)
            case .expired(let message): try expire(message, of: subscription)
            case .more: return scanLater(subscription)
            case .none:
                noteStarved(subscription)
                return armDueTimer(subscription)
            }
        }
        if lane.filters { try skip(subscription, &budget) }
        armDueTimer(subscription)
    }

    /// Passes over messages at the reading position that are not to be delivered.
    private func skip(_ subscription: Subscription, _ budget: inout Int) throws(StoreError) {
        while true {
            let passed = try subscription.lane.skip(
                below: subscription.topic.visible, at: dueNow, source(of: subscription), budget: &budget)
            switch passed {
            case .all: return
            case .more: return scanLater(subscription)
            case .expired(let message): try expire(message, of: subscription)
            }
            if isStepFull { return scanLater(subscription) }
        }
    }

    /// Goes on looking past messages in the next step.
    private func scanLater(_ subscription: Subscription) {
        guard !subscription.isScanning else { return }
        subscription.isScanning = true
        unfinished.append(.scan(subscription))
    }

    /// Counts what the filter did not pass.
    private func noteFiltered(of subscription: Subscription) {
        let count = subscription.lane.takeFiltered()
        guard count > 0 else { return }
        subscription.row.filtered += count
        markChanged(subscription)
    }

    /// Remembers a subscription that reads no further, since no more can be remembered.
    private func noteStarved(_ subscription: Subscription) {
        guard subscription.lane.isStarved, !starved.contains(where: { $0 === subscription }) else { return }
        starved.append(subscription)
    }

    /// Lets subscriptions read on that could not, once there is room.
    func feedStarved() {
        guard !starved.isEmpty, !keyMemory.isFull else { return }
        for subscription in starved where !subscription.isGone { pumpLater(subscription) }
        starved.removeAll()
    }

    /// Delivers consecutive messages of the segment at hand that have never been handed out; the usual case, in one
    /// sweep.
    ///
    /// A consumer gets as many at once as are a 64th of its free window, so that those with small windows take turns
    /// message by message.
    private func deliverRun(of subscription: Subscription, to consumer: Consumer) -> Int {
        let lane = subscription.lane
        let end = subscription.topic.visible
        let cursor = lane.cursor
        guard !subscription.hasReceipts, !subscription.topic.mayExpire, var run = lane.beginRun(below: end, at: dueNow)
        else { return 0 }
        let limit = min(max(1, consumer.free / 64), Int(min(end, run.segment.end) - cursor))
        let outbox = outbox(of: consumer.connection)
        let room = deliveryBudget.allowance - consumer.connection.untaken
        let deadline = subscription.deadline(from: now.steady, cap: configuration.leaseCap)
        let place = outbox.place(of: run.segment)
        var leases = LeaseTable()
        swap(&leases, &consumer.leases)
        var tag = consumer.nextTag
        var bytes = 0
        var count = 0
        var waits = Repeats()
        while count < limit, count == 0 || bytes <= room, let message = run.next() {
            leases.insert(
                Lease(
                    tag: tag, offset: message.offset, deadline: deadline, delivered: now.steady,
                    firstDelivered: now.wall, deliveries: 1, failures: 0, hasRow: false))
            outbox.add(
                Delivery(
                    consumer: consumer.number, tag: tag, offset: message.offset, time: message.time, attempt: 1,
                    segment: place, start: message.start, size: message.size))
            waits.add(now.wall - min(message.time, now.wall), to: &counts.queueWait)
            tag += 1
            count += 1
            bytes += message.size + 64
        }
        waits.end(&counts.queueWait)
        swap(&leases, &consumer.leases)
        lane.endRun(run, count: count)
        consumer.nextTag = tag
        delivered(count, to: consumer, bytes: bytes)
        return count
    }

    /// What every delivery leaves behind.
    private func delivered(_ count: Int, to consumer: Consumer, bytes: Int) {
        consumer.subscription.inFlight += count
        consumer.subscription.counts.delivered += UInt64(count)
        deliveryCount += 1
        consumer.lastDelivery = deliveryCount
        let deadline = consumer.subscription.deadline(from: now.steady, cap: configuration.leaseCap)
        if consumer.leaseTimer.time ?? .max > deadline { armLeases(consumer) }
        deliveryBudget.handOut(bytes)
        if consumer.connection.count(bytes: bytes, allowance: deliveryBudget.allowance, at: now.steady) {
            ask(consumer.connection)
            reconsider(consumer.connection)
        } else {
            consumer.subscription.queue.update(consumer)
        }
    }

    private func deliver(
        _ message: SegmentCursor.Message, in segment: Segment, to consumer: Consumer, _ returned: Returned?
    ) throws(StoreError) {
        let subscription = consumer.subscription
        let tag = consumer.nextTag
        consumer.nextTag += 1
        let attempt = (returned?.deliveries ?? 0) + 1
        var lease = Lease(
            tag: tag, offset: message.offset,
            deadline: subscription.deadline(from: now.steady, cap: configuration.leaseCap),
            delivered: now.steady, firstDelivered: now.wall, deliveries: attempt, failures: 0, hasRow: false)
        if let returned { lease.take(returned) }
        if attempt > 1 {
            subscription.counts.redelivered += 1
        } else {
            counts.queueWait.add(now.wall - min(message.time, now.wall))
        }
        consumer.leases.insert(lease)
        let outbox = outbox(of: consumer.connection)
        var delivery = Delivery(
            consumer: consumer.number, tag: tag, offset: message.offset, time: message.time, attempt: attempt,
            segment: outbox.place(of: segment), start: message.start, size: message.size)
        delivery.failures = lease.failures
        if lease.hasAnswer, let row = try deferredRow(of: message.offset, subscription) {
            delivery.note = outbox.place(ofNote: row.answer)
        }
        if subscription.hasReceipts, let fields = segment.fields(start: message.start, size: message.size),
            let receipt = try receipt(of: message.offset, id: fields.id, for: subscription)
        {
            delivery.receipt = outbox.place(of: receipt)
        }
        outbox.add(delivery)
        delivered(1, to: consumer, bytes: message.size + 64)
    }
}
