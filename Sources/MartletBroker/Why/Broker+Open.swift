// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Verdicts about messages that are not settled.
extension Broker {
    /// The verdict about a message that is not settled.
    func openVerdict(of offset: UInt64, for subscription: Subscription) throws(StoreError) -> Finding {
        let row = try deferredRow(of: offset, subscription)
        if let (consumer, lease) = holder(of: offset, subscription) { return leased(lease, row, by: consumer) }
        if let row, row.isParked { return parked(row) }
        if let row, row.due > dueNow { return deferred(row, until: row.due, subscription) }
        if let time = subscription.lane.waitsInMemory(until: offset), time > dueNow {
            return deferred(row, until: time, subscription)
        }
        let message = try message(at: offset, subscription)
        defer { withExtendedLifetime(message) {} }
        if let fields = message?.fields {
            let filter = subscription.row.settings.filter
            if !filter.isEmpty, !filter.passes(fields) { return Finding(verdict: .filtered) }
            // It is written down when its time is looked at, or when it comes up for delivery.
            if fields.expires > 0, fields.expires <= dueNow, row?.isTimeless != true {
                var evidence = Evidence()
                evidence.at = wall(fields.expires)
                return Finding(verdict: .expired, evidence: evidence)
            }
            if let blocked = try blocked(offset, fields, subscription) { return blocked }
        }
        return waiting(offset, subscription)
    }

    private func leased(_ lease: Lease, _ row: Deferred?, by consumer: Consumer) -> Finding {
        var evidence = Evidence()
        evidence.consumer = consumer.name
        evidence.until = now.wall + (lease.deadline - min(lease.deadline, now.steady))
        evidence.attempt = UInt64(lease.deliveries)
        evidence.failures = UInt64(lease.failures)
        evidence.maxFailures = consumer.subscription.row.settings.maxFailures
        evidence.code = row?.lastCode
        evidence.progress = consumer.progress[lease.tag]?.percent
        evidence.note = consumer.progress[lease.tag]?.note
        return Finding(verdict: .leased, evidence: evidence)
    }

    private func parked(_ row: Deferred) -> Finding {
        var evidence = Evidence()
        evidence.since = row.attempts.last?.time
        evidence.code = row.lastCode
        evidence.consumer = row.attempts.last?.consumer
        evidence.note = row.note
        return Finding(verdict: .parked, evidence: evidence)
    }

    private func deferred(_ row: Deferred?, until time: UInt64, _ subscription: Subscription) -> Finding {
        var evidence = Evidence()
        evidence.until = wall(time)
        evidence.maxFailures = subscription.row.settings.maxFailures
        evidence.deliveries = row?.deliveries
        evidence.failures = row?.failures
        evidence.code = row?.lastCode
        evidence.note = row?.note
        return Finding(verdict: .deferred, evidence: evidence)
    }

    /// The verdict about a message whose key is held by another that is leased, deferred or parked.
    private func blocked(
        _ offset: UInt64, _ fields: MessageFields, _ subscription: Subscription
    ) throws(StoreError) -> Finding? {
        guard let key = key(of: fields, subscription),
            let other = try subscription.lane.holder(of: key, at: dueNow, source(of: subscription)), other != offset,
            let verdict = try holding(other, subscription)
        else { return nil }
        var evidence = Evidence()
        evidence.heldBy = other
        evidence.verdict = verdict
        evidence.key = subscription.row.settings.order == .key ? Array(fields.key) : nil
        return Finding(verdict: .blocked, evidence: evidence)
    }

    /// How a message holds its key; nil when it only waits for its turn.
    private func holding(_ offset: UInt64, _ subscription: Subscription) throws(StoreError) -> Verdict? {
        if holder(of: offset, subscription) != nil { return .leased }
        guard let row = try deferredRow(of: offset, subscription) else {
            let time = subscription.lane.waitsInMemory(until: offset)
            return time.map { $0 > dueNow } == true ? .deferred : nil
        }
        if row.isParked { return .parked }
        return row.due > dueNow ? .deferred : nil
    }

    private func waiting(_ offset: UInt64, _ subscription: Subscription) -> Finding {
        var evidence = Evidence()
        let lane = subscription.lane
        let ahead = lane.unread(below: offset)
        let reason: WaitReason
        if isPaused(subscription) {
            reason = .paused
            let until = subscription.row.pausedUntil
            evidence.until = until == .max ? nil : wall(until)
        } else if subscription.queue.consumers.isEmpty {
            reason = .noConsumer
        } else if lane.isStarved {
            reason = .lookAhead
        } else if subscription.queue.next == nil {
            reason = .noWindow
        } else {
            reason = .notReached
        }
        evidence.reason = reason.rawValue
        evidence.ahead = ahead
        return Finding(verdict: .waiting, evidence: evidence)
    }

    /// What happens next, as a sentence.
    func next(_ finding: Finding, _ subscription: Subscription) -> String {
        let evidence = finding.evidence
        switch finding.verdict {
        case .handled: return "nothing: it is handled"
        case .leased: return "the consumer settles it, or its lease runs out and it comes again"
        case .waiting: return waitingNext(evidence, subscription)
        case .deferred: return "it is delivered again when its time has come"
        case .blocked: return "it follows when message \(evidence.heldBy ?? 0) is settled"
        case .filtered: return "nothing: the subscription's filter does not pass it"
        case .beforeStart: return "nothing: the subscription begins behind it; SEEK moves it"
        case .scheduled: return "it becomes visible when it is due"
        case .expired: return "nothing: its time is over"
        case .lostToRetention: return "nothing: it is lost"
        case .dead: return "nothing by itself; REDRIVE delivers it again"
        case .parked: return "a person decides: RESOLVE ack, retry or reject"
        case .notFound: return "nothing: there is no such message"
        }
    }

    private func waitingNext(_ evidence: Evidence, _ subscription: Subscription) -> String {
        switch evidence.reason.flatMap(WaitReason.init) {
        case .paused: return "it is delivered after RESUME, or when the pause ends"
        case .noConsumer: return "it is delivered when a consumer attaches"
        case .lookAhead: return "it is read when messages behind held keys are settled"
        case .noWindow: return "it is delivered when a consumer has settled others"
        default: return "it is delivered when its turn comes"
        }
    }
}

extension Deferred {
    /// The code of the last error, if one was told.
    fileprivate var lastCode: String? { attempts.last { !$0.code.isEmpty }?.code }
}
