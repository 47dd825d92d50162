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
            // What is handed out lies in memory until it is encoded: that is waited for between steps.
            if deliveryBudget.isStepFull { return scanLater(subscription) }
            if deliverRun(of: subscription, to: consumer) { continue }
            if lane.order == .key, try deliverKeyed(of: subscription, to: consumer, &budget) { continue }
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
    /// False when there are none.
    private func deliverRun(of subscription: Subscription, to consumer: Consumer) -> Bool {
        let lane = subscription.lane
        let end = subscription.topic.visible
        guard !subscription.hasReceipts, !subscription.topic.mayExpire, var run = lane.beginRun(below: end, at: dueNow)
        else { return false }
        let left = Int(min(end, run.segment.end) - lane.cursor)
        var sweep = beginSweep(to: consumer)
        let place = sweep.outbox.place(of: run.segment)
        while sweep.count < left, sweep.hasRoom, let message = run.next() { sweep.add(message, in: place) }
        lane.endRun(run, count: sweep.count)
        finish(sweep)
        return true
    }

    /// Delivers in one sweep where messages wait for their keys: those that have got theirs, then those at the reading
    /// position.
    ///
    /// False when it found none to look at.
    private func deliverKeyed(
        of subscription: Subscription, to consumer: Consumer, _ budget: inout Int
    ) throws(StoreError) -> Bool {
        let lane = subscription.lane
        let end = subscription.topic.visible
        guard !subscription.hasReceipts, !subscription.topic.mayExpire, budget > 0 else { return false }
        let source = source(of: subscription)
        try lane.loadReleased(at: dueNow, source)
        var sweep = beginSweep(to: consumer)
        while sweep.hasRoom, let (segment, message) = lane.takeFreed(at: dueNow) {
            sweep.add(message, in: sweep.outbox.place(of: segment))
        }
        var passed = 0
        if sweep.hasRoom, var run = lane.beginKeyedRun(below: end, at: dueNow) {
            let left = min(Int(min(end, run.segment.end) - lane.cursor), budget)
            let place = sweep.outbox.place(of: run.segment)
            while passed < left, sweep.hasRoom, let message = run.next() {
                passed += 1
                if lane.takesKey(message, run.segment, source) { sweep.add(message, in: place) }
            }
            lane.endRun(run, count: passed)
        }
        budget -= passed
        let hasAny = sweep.count > 0 || passed > 0
        finish(sweep)
        return hasAny
    }

    /// Begins what a consumer gets in one sweep.
    ///
    /// It gets as many messages at once as are a 64th of its free window, so that those with small windows take turns
    /// message by message.
    @inline(__always)
    private func beginSweep(to consumer: Consumer) -> DeliverySweep {
        DeliverySweep(
            to: consumer, outbox(of: consumer.connection), limit: max(1, consumer.free / 64),
            room: deliveryBudget.allowance - consumer.connection.untaken,
            deadline: consumer.subscription.deadline(from: now.steady, cap: configuration.leaseCap), at: now)
    }

    @inline(__always)
    private func finish(_ sweep: consuming DeliverySweep) {
        let (consumer, count, bytes) = sweep.end(counting: &counts.queueWait)
        if count > 0 { delivered(count, to: consumer, bytes: bytes) }
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
            subscription.counts.redelivered(returned?.reason ?? .release)
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
            counts.receiptHits += 1
        }
        outbox.add(delivery)
        delivered(1, to: consumer, bytes: message.size + 64)
    }
}
