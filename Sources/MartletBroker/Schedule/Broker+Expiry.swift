// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages have a time to live, after which they are not delivered any more (semantics 1).
extension Broker {
    /// Messages that one run of the timer ends.
    private static let expiredAtOnce = 1_000
    /// How long a message whose time is over is looked at again that a consumer still has, in milliseconds.
    private static let leasedWait: UInt64 = 1_000

    /// Remembers that messages of a topic have a time to live.
    func noteExpiring(_ topic: Topic) {
        topic.mayExpire = true
        guard !topic.row.hasExpiring else { return }
        topic.row.hasExpiring = true
        operations.append(.putTopic(topic.row))
    }

    /// Sets the timer for a message whose time ends.
    func armExpiries(of topic: Topic, at time: UInt64) {
        timers.setEarlier(topic.expiryTimer, at: now.steady + max(1, time - min(time, dueNow)), .expiries(topic))
    }

    /// Sets the timer for the first message whose time ends, at the start.
    func armFirstExpiry(of topic: Topic) throws(StoreError) {
        guard topic.row.hasExpiring else { return }
        topic.mayExpire = true
        if let first = try store.expiries(topic: topic.id, by: .max, limit: 1).first {
            let left = first.time - min(first.time, dueNow)
            timers.setEarlier(topic.expiryTimer, at: now.steady + left, .expiries(topic))
        }
    }

    /// Ends messages whose time is over, for each subscription that has not settled them.
    func endExpired(of topic: Topic) throws(StoreError) {
        guard !topic.isGone else { return }
        let rows = try store.expiries(topic: topic.id, by: .max, limit: Self.expiredAtOnce + 1)
        let over = rows.prefix(Self.expiredAtOnce).filter { $0.time <= dueNow }
        if let next = rows.dropFirst(over.count).first { armExpiries(of: topic, at: next.time) }
        // What this step appends is not in the store yet.
        if let first = topic.newExpiries.map(\.time).min() { armExpiries(of: topic, at: first) }
        guard !over.isEmpty else { return }
        let offsets = over.map(\.offset).filter { $0 >= topic.row.first && $0 < topic.visible }.sorted()
        var held = Set<UInt64>()
        for subscription in topic.subscriptions where !subscription.isGone {
            try expire(offsets, of: subscription, &held)
        }
        operations.append(.removeExpiries(topic: topic.id, Array(over)))
        // A lease that runs is allowed to end; the message is looked at again then. What had no room in this step comes
        // in the next one.
        let again = dueNow + (isStepFull ? 1 : Self.leasedWait)
        let unseen = over.map(\.offset).filter { $0 >= topic.visible }
        let kept = (held.sorted() + unseen).map { Due(time: again, offset: $0) }
        guard !kept.isEmpty else { return }
        operations.append(.putExpiries(topic: topic.id, kept))
        armExpiries(of: topic, at: again)
    }

    /// Ends messages below an offset whose time is over, as many as one step looks at: a seek leaves them behind.
    func endExpired(of subscription: Subscription, below first: UInt64) throws(StoreError) {
        guard subscription.topic.mayExpire else { return }
        let lane = subscription.lane
        var offsets: [UInt64] = []
        var offset = lane.settled.firstUnsettled(from: max(lane.settled.floor + 1, subscription.topic.row.first))
        while offset < min(first, subscription.topic.visible), offsets.count < Self.expiredAtOnce {
            offsets.append(offset)
            offset = lane.settled.firstUnsettled(from: offset + 1)
        }
        var held = Set<UInt64>()
        try expire(offsets, of: subscription, &held)
    }

    /// Looks at what a subscription began behind the time of, over several steps.
    func expireEarlier(of subscription: Subscription) {
        let topic = subscription.topic
        let start = max(beginning(of: subscription), topic.row.first)
        guard topic.row.hasExpiring, start < topic.row.next else { return }
        unfinished.append(.expired(ExpiryScan(subscription, from: start, to: topic.row.next)))
    }

    /// Looks at some messages; true when those were all.
    func goOn(with scan: ExpiryScan) throws(StoreError) -> Bool {
        let subscription = scan.subscription
        guard !subscription.isGone, subscription.row.position == scan.position else { return true }
        let end = min(scan.end, subscription.topic.visible, scan.next + UInt64(Self.expiredAtOnce))
        var over: [UInt64] = []
        var cursor: SegmentCursor?
        var offset = scan.next
        while offset < end {
            switch try locate(offset, in: subscription.topic, &cursor) {
            case .message(let segment, let message):
                let fields = segment.fields(start: message.start, size: message.size)
                if let expires = fields?.expires, expires > 0, expires <= dueNow { over.append(message.offset) }
                offset = message.offset + 1
            case .gap(let until): offset = until
            case .end: offset = end
            }
        }
        var held = Set<UInt64>()
        try expire(over, of: subscription, &held)
        scan.next = offset
        produced += Self.expiredAtOnce
        return offset >= scan.end
    }

    private func expire(
        _ offsets: [UInt64], of subscription: Subscription, _ held: inout Set<UInt64>
    ) throws(StoreError) {
        var range: Ending?
        defer { if let range { put(range, of: subscription) } }
        let leased = leasedOffsets(of: subscription)
        for offset in offsets where offset >= beginning(of: subscription) && !subscription.lane.isSettled(offset) {
            // What is leased may end well; what makes a dead letter waits for room, in the store and in the step.
            guard !leased.contains(offset), !isStepFull, canExpire(in: subscription) else {
                held.insert(offset)
                continue
            }
            let row = try deferredRow(of: offset, subscription)
            guard row?.isParked != true, row?.isTimeless != true else { continue }
            // A row that says so is not enough: rows of times have no checksum, and records have one.
            let isOver = try message(at: offset, subscription)?.withFields {
                $0.expires > 0 && $0.expires <= dueNow && subscription.row.settings.filter.passes($0)
            }
            guard isOver == true else { continue }
            if subscription.row.settings.onExpire == .dead {
                try expire(row ?? plainRow(of: offset), hasRow: row != nil, of: subscription)
                continue
            }
            try settleExpired(offset, hasRow: row != nil, of: subscription)
            if let last = range, last.last + 1 == offset {
                range?.last = offset
            } else {
                if let range { put(range, of: subscription) }
                range = Ending(.expired, first: offset, last: offset, time: now.wall)
            }
        }
        pumpLater(subscription)
    }

    /// Whether a message can end now since its time is over.
    private func canExpire(in subscription: Subscription) -> Bool {
        subscription.row.settings.onExpire == .drop || subscription.topic.isDeadLetters || !isFull
    }

    /// What the consumers of a subscription have.
    private func leasedOffsets(of subscription: Subscription) -> Set<UInt64> {
        guard subscription.inFlight > 0 else { return [] }
        return Set(subscription.queue.consumers.flatMap(\.leases.offsets))
    }

    /// The first offset that is a subscription's business now.
    private func beginning(of subscription: Subscription) -> UInt64 {
        subscription.row.earlier.last?.end ?? subscription.row.start
    }

    private func plainRow(of offset: UInt64) -> Deferred {
        Deferred(
            offset: offset, failures: 0, deliveries: 0, due: 0, firstDelivered: 0, note: "", attempts: [])
    }

    private func settleExpired(_ offset: UInt64, hasRow: Bool, of subscription: Subscription) throws(StoreError) {
        var event = SystemEvent(
            .expired, topic: subscription.topic.name, offset: offset, subscription: subscription.name)
        try message(at: offset, subscription)?.withFields { event.take($0) }
        tell(event)
        subscription.counts.expired += 1
        subscription.lane.settle(offset)
        markChanged(subscription)
        if hasRow { try forgetRow(of: offset, subscription) }
    }

    /// Ends a message whose time is over, which came up for delivery.
    func expire(_ returned: Returned, of subscription: Subscription) throws(StoreError) {
        let row = returned.hasRow ? try deferredRow(of: returned.offset, subscription) : nil
        try expire(row ?? plainRow(of: returned.offset), hasRow: row != nil, of: subscription)
    }

    /// Ends a message whose time is over: as expired, or as a dead letter where its subscription says so.
    func expire(_ row: Deferred, hasRow: Bool, of subscription: Subscription) throws(StoreError) {
        guard canExpire(in: subscription) else {
            // There is no room for the dead letter; it is looked at again.
            var waiting = Returned(row)
            waiting.hasRow = hasRow
            return subscription.lane.keep(waiting, until: dueNow + Self.leasedWait)
        }
        if subscription.row.settings.onExpire == .dead, canEnd(in: subscription) {
            return try bury(
                row, hasRow: hasRow, of: subscription, "expired", code: row.attempts.last?.code ?? "",
                by: row.attempts.last?.consumer ?? "")
        }
        put(Ending(.expired, first: row.offset, last: row.offset, time: now.wall), of: subscription)
        try settleExpired(row.offset, hasRow: hasRow, of: subscription)
    }
}
