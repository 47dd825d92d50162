// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages wait for a person (semantics 3).
extension Broker {
    /// Lets a message wait until a person decides; it leaves the lane and goes on holding its key.
    func park(_ lease: Lease, of consumer: Consumer, _ failure: Failure) throws(StoreError) {
        let subscription = consumer.subscription
        guard !subscription.lane.isSettled(lease.offset) else {
            if lease.hasRow { try forgetRow(of: lease.offset, subscription) }
            return
        }
        var lease = lease
        lease.returns = 0
        // There is no room to say that it waits for a person; the handler will say so again.
        if isTight {
            let time = dueNow + UInt64(subscription.backoff(afterFailures: 1))
            return comeBackFromMemory(Returned(lease, .resolve), of: subscription, at: time)
        }
        var row = try history(of: lease, consumer, failure)
        row.isParked = true
        row.due = Deferred.never
        let replacing = lease.hasRow ? try deferredRow(of: lease.offset, subscription) : nil
        put(row, replacing: replacing, of: subscription)
        try tell(.parked, row, of: subscription, code: failure.code, note: failure.note, by: consumer.name)
    }

    /// Does what a person decided about a message that is not settled.
    func resolve(_ request: Resolve, for connection: Connection) throws {
        let subscription = try subscription(request.topic, request.subscription)
        let offset = request.offset
        guard offset >= 1, offset < subscription.topic.visible, offset >= subscription.row.start,
            !subscription.lane.isSettled(offset), try passes(offset, subscription)
        else { throw Refusal(.unknownMessage, "offset: message \(offset) is settled, or not there") }
        guard request.decision == .ack || !isFull else { throw full(subscription.topic) }
        guard request.decision != .reject || !subscription.topic.isDeadLetters else {
            throw Refusal(.conflict, "a dead letter does not die again; ack it, or PURGE the topic")
        }
        let lease = takeLease(of: offset, subscription, reason: "resolved")
        let waiting = subscription.lane.remove(offset)
        let known = try deferredRow(of: offset, subscription)
        var row = try known ?? plainRow(of: offset, subscription)
        if let returned = lease.map({ Returned($0, .resolve) }) ?? waiting {
            row.deliveries = UInt64(returned.deliveries)
            row.failures = UInt64(returned.failures)
            row.firstDelivered = returned.firstDelivered
        }
        try tell(
            .resolved, row, of: subscription, reason: request.decision.rawValue, note: request.note,
            by: connection.client)
        switch request.decision {
        case .ack: try acknowledge(row, known, of: subscription, request, by: connection.client)
        case .retry: retry(row, replacing: known, of: subscription, request.note)
        case .reject:
            if !request.note.isEmpty { row.note = request.note }
            try bury(
                row, hasRow: known != nil, of: subscription, "rejected", code: row.attempts.last?.code ?? "",
                by: row.attempts.last?.consumer ?? "")
        }
        pumpLater(subscription)
        reply(.ok, to: connection)
    }

    /// Whether a message is the subscription's business.
    private func passes(_ offset: UInt64, _ subscription: Subscription) throws(StoreError) -> Bool {
        let filter = subscription.row.settings.filter
        guard !filter.isEmpty else { return true }
        return try message(at: offset, subscription)?.withFields { filter.passes($0) } ?? true
    }

    private func acknowledge(
        _ row: Deferred, _ known: Deferred?, of subscription: Subscription, _ request: Resolve, by client: String
    ) throws(StoreError) {
        var ending = Ending(.resolved, first: row.offset, last: row.offset, time: now.wall)
        (ending.reason, ending.by, ending.note) = (request.decision.rawValue, client, request.note)
        put(ending, of: subscription)
        subscription.lane.settle(row.offset)
        markChanged(subscription)
        if known != nil { try settledRow(of: row.offset, subscription) }
    }

    private func retry(_ row: Deferred, replacing known: Deferred?, of subscription: Subscription, _ note: String) {
        var row = row
        row.isParked = false
        row.isTimeless = true
        (row.failures, row.returns) = (0, 0)
        row.answer = note
        row.due = dueNow
        put(row, replacing: known, of: subscription)
    }

    /// What is known about a message that has no row.
    private func plainRow(
        of offset: UInt64, _ subscription: Subscription
    ) throws(StoreError) -> Deferred {
        var row = Deferred(
            offset: offset, failures: 0, deliveries: 0, due: 0, firstDelivered: 0,
            note: "", attempts: [])
        row.keyHash = try message(at: offset, subscription)?.withFields { key(of: $0, subscription) ?? 0 } ?? 0
        return row
    }

    /// A message that is not settled, wherever it lies.
    func message(at offset: UInt64, _ subscription: Subscription) throws(StoreError) -> PeekedMessage? {
        guard let (segment, message) = try subscription.lane.find(offset, source(of: subscription)) else { return nil }
        return PeekedMessage(
            offset: message.offset, time: message.time, segment: segment, start: message.start, size: message.size)
    }

    /// Lists messages that wait for a person.
    func parked(_ request: (topic: String, name: String, limit: Int, after: UInt64)) throws -> [ParkedMessage] {
        let subscription = try subscription(request.topic, request.name)
        let offsets = try store.parked(
            position: subscription.row.position, after: request.after, limit: request.limit)
        var list: [ParkedMessage] = []
        for offset in offsets {
            guard let row = try deferredRow(of: offset, subscription), row.isParked,
                let message = try message(at: offset, subscription),
                let parked = message.withFields({ ParkedMessage(row, $0, time: message.time) })
            else { continue }
            list.append(parked)
        }
        return list
    }
}
