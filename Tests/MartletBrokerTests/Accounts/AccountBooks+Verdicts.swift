// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// What the broker says of every message is what is so.
extension AccountBooks {
    /// Takes from explanations what is the broker's to choose within a second, a jitter or a rate.
    func follow(_ explanation: Explanation, _ topic: AccountTopic, _ account: Account) {
        let offset = explanation.offset
        guard let entry = account.entries[offset] else { return }
        if account.redriving.contains(offset), explanation.verdict != .dead, entry.state.isSettled {
            account.redrive(offset)
        }
        if entry.mayHaveExpired {
            account.entries[offset]?.mayHaveExpired = false
            let isForgotten = explanation.verdict == .handled && offset < topic.first
            let isExpired =
                isForgotten || explanation.verdict == .expired || explanation.evidence.reason == "expired"
            if isExpired { account.expire(offset, at: now) }
        }
        followExpiry(explanation, entry, account)
        if case .deferred(let least, let most) = entry.state, explanation.verdict == .deferred,
            let until = explanation.evidence.until, (least...most).contains(until)
        {
            account.entries[offset]?.state = .deferred(from: until, until: until)
        }
    }

    /// What is over is expired at the latest a second later.
    private func followExpiry(_ explanation: Explanation, _ entry: AccountEntry, _ account: Account) {
        guard entry.isOverdue(at: now) else {
            account.entries[entry.offset]?.overdueSince = nil
            return
        }
        let since = entry.overdueSince ?? now
        account.entries[entry.offset]?.overdueSince = since
        if explanation.verdict == .dead || now >= since + Self.slack { account.expire(entry.offset, at: now) }
    }

    /// What is wrong with an explanation, or nil.
    func objection(to explanation: Explanation, _ topic: AccountTopic, _ account: Account) -> String? {
        guard let entry = account.entries[explanation.offset] else {
            return explanation.verdict == .notFound ? nil : "is \(explanation.verdict), not not-found"
        }
        if explanation.topic != topic.name || explanation.subscription != account.name {
            return "is told of \(explanation.topic)/\(explanation.subscription ?? "nil")"
        }
        let expected = expected(entry, topic, account)
        guard expected.contains(explanation.verdict) else {
            let words = expected.map(\.rawValue).sorted().joined(separator: " or ")
            let state = "\(entry.state) at \(now), hindrance \(hindrance(of: account) ?? "none")"
            return "is \(explanation.verdict.rawValue), not \(words.isEmpty ? "what it can be" : words) (\(state))"
        }
        let isKept = entry.offset >= topic.first
        return evidence(explanation, entry, account, isKept: isKept).map {
            "is \(explanation.verdict.rawValue), but \($0)"
        }
    }

    // MARK: - Verdicts

    /// The verdicts that are right: one, but where the broker is free.
    func expected(_ entry: AccountEntry, _ topic: AccountTopic, _ account: Account) -> Set<Verdict> {
        // Of what has left the log only losses and the place of the beginning are remembered.
        let isKept = entry.offset >= topic.first
        switch entry.state {
        case .unsettled, .deferred:
            // Its end is recorded within a second.
            if entry.isOverdue(at: now) { return [.expired, .waiting, .deferred, .blocked] }
            return due(entry, account)
        case .leased: return [.leased]
        case .parked: return [.parked]
        case .handled: return [.handled]
        case .filtered:
            let isBefore = entry.offset < account.start
            return Set([.filtered] + (isBefore ? [.beforeStart] : []) + (isKept ? [] : [.handled]))
        case .beforeStart: return [.beforeStart]
        case .expired: return isKept ? [.expired] : [.expired, .handled]
        case .dead: return isKept ? [.dead] : [.dead, .handled]
        case .lost: return isHeld(entry, account) ? [.lostToRetention, .leased] : [.lostToRetention]
        }
    }

    private func isHeld(_ entry: AccountEntry, _ account: Account) -> Bool {
        consumers(of: account).contains { $0.held.values.contains { $0.offset == entry.offset } }
    }

    private func due(_ entry: AccountEntry, _ account: Account) -> Set<Verdict> {
        let isDeferred = entry.state != .unsettled
        if isDeferred { return account.holders(of: entry, at: now).isEmpty ? [.deferred] : [.deferred, .blocked] }
        if !account.holders(of: entry, at: now).isEmpty { return [.blocked] }
        if account.isUndecided(entry, at: now) { return [.blocked, .waiting] }
        let elders = account.elders(of: entry, at: now)
        if elders.isEmpty { return hindrance(of: account) == nil ? [] : [.waiting] }
        // Who waits behind what came back and is due may be called blocked by it.
        return elders.contains { $0.hasComeBack } ? [.waiting, .blocked] : [.waiting]
    }

    // MARK: - Evidence

    private func evidence(
        _ explanation: Explanation, _ entry: AccountEntry, _ account: Account, isKept: Bool
    ) -> String? {
        let evidence = explanation.evidence
        switch explanation.verdict {
        case .leased: return leased(evidence, entry, account)
        case .deferred: return deferred(evidence, entry, account)
        case .blocked: return blocked(evidence, entry, account)
        case .waiting: return waiting(evidence, entry, account)
        case .parked: return parked(evidence, entry)
        case .dead: return dead(evidence, entry, account)
        case .handled: return isKept ? handled(evidence, entry) : nil
        case .lostToRetention:
            guard case .lost(let isPurged) = entry.state, (evidence.purged ?? false) != isPurged else { return nil }
            return "purged is \(evidence.purged.map(String.init) ?? "nil"), not \(isPurged)"
        case .filtered, .beforeStart, .expired, .scheduled, .notFound: return nil
        }
    }

    private func differs<Value: Equatable>(_ what: String, _ found: Value?, _ expected: Value?) -> String? {
        guard found != expected else { return nil }
        return "\(what) is \(found.map { "\($0)" } ?? "nil"), not \(expected.map { "\($0)" } ?? "nil")"
    }

    private func leased(_ evidence: Evidence, _ entry: AccountEntry, _ account: Account) -> String? {
        guard case .leased(let id, let tag) = entry.state, let consumer = consumers.first(where: { $0.id == id }) else {
            return nil
        }
        return differs("consumer", evidence.consumer, consumer.name)
            ?? differs("attempt", evidence.attempt, UInt64(entry.deliveries))
            ?? differs("until", evidence.until, consumer.held[tag]?.deadline)
            ?? differs("progress", evidence.progress, entry.progress?.percent)
            ?? entry.progress.flatMap { differs("note", evidence.note, $0.note) }
    }

    private func deferred(_ evidence: Evidence, _ entry: AccountEntry, _ account: Account) -> String? {
        if case .deferred(let least, let most) = entry.state, !(least...most).contains(evidence.until ?? 0) {
            return "until is \(evidence.until ?? 0), not from \(least) to \(most)"
        }
        if entry.leastDeliveries == entry.deliveries,
            let problem = differs("deliveries", evidence.deliveries, UInt64(entry.deliveries))
        {
            return problem
        }
        return differs("failures", evidence.failures ?? 0, UInt64(entry.failures))
            ?? differs("maxFailures", evidence.maxFailures, account.settings.maxFailures)
            ?? entry.code.flatMap { differs("code", evidence.code, $0) }
            ?? entry.note.flatMap { differs("note", evidence.note, $0) }
    }

    private func blocked(_ evidence: Evidence, _ entry: AccountEntry, _ account: Account) -> String? {
        let isAll = account.settings.order == .all
        if let problem = differs("key", evidence.key, isAll ? nil : Array(entry.key.utf8)) { return problem }
        guard let by = evidence.heldBy, let holder = account.entries[by] else { return "it names no message" }
        let holders = account.holders(of: entry, at: now).map(\.offset)
        if !holders.isEmpty, !holders.contains(by) { return "it names \(by), not \(holders)" }
        let topic = topics.first { $0.name == account.topic }
        let verdicts = topic.map { expected(holder, $0, account) } ?? []
        guard let verdict = evidence.verdict, verdicts.contains(verdict) else {
            return "the verdict of \(by) is \(evidence.verdict?.rawValue ?? "nil"), not \(verdicts.map(\.rawValue))"
        }
        return nil
    }

    private func waiting(_ evidence: Evidence, _ entry: AccountEntry, _ account: Account) -> String? {
        if entry.isOverdue(at: now) || account.isUndecided(entry, at: now) { return nil }
        // One that was given back may come before older ones.
        if let ahead = evidence.ahead, ahead >= UInt64(account.entries.count) { return "\(ahead) are ahead" }
        let reason = hindrance(of: account)
        if let problem = differs("reason", evidence.reason, reason ?? "not-reached") { return problem }
        guard reason == "paused", let end = account.pausedUntil, end < .max else { return nil }
        return differs("until", evidence.until, end)
    }

    private func parked(_ evidence: Evidence, _ entry: AccountEntry) -> String? {
        guard case .parked(let since, let consumer) = entry.state else { return nil }
        return differs("since", evidence.since, since)
            ?? consumer.flatMap { differs("consumer", evidence.consumer, $0) }
            ?? entry.code.flatMap { differs("code", evidence.code, $0) }
            ?? entry.note.flatMap { differs("note", evidence.note, $0) }
    }

    private func dead(_ evidence: Evidence, _ entry: AccountEntry, _ account: Account) -> String? {
        guard case .dead(let reason, _) = entry.state else { return nil }
        return differs("reason", evidence.reason, reason) ?? differs("topic", evidence.topic, account.deadLetters)
            ?? (evidence.offset == nil ? "it does not say where" : nil)
    }

    private func handled(_ evidence: Evidence, _ entry: AccountEntry) -> String? {
        guard case .handled(let byPerson) = entry.state, byPerson else { return nil }
        return differs("resolved", evidence.resolved, "ack")
            ?? entry.note.flatMap { differs("note", evidence.note, $0) }
    }
}
