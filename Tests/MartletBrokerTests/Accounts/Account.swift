// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What one subscription owes: for every message exactly one state.
///
/// It follows the broker only where that is free: who gets a message, and when within the jitter of a backoff it comes
/// back. All else it knows from what was asked for. Times are Unix milliseconds.
final class Account {
    let name: String
    let topic: String
    var settings: SubscriptionSettings
    /// The backoff that held when a message was delivered may be the one before a change.
    var earlierBackoffs: [[Int]] = []
    /// Where it begins.
    var start: UInt64
    var entries: [UInt64: AccountEntry] = [:]
    /// Until when deliveries are paused: forever is the largest number.
    var pausedUntil: UInt64?
    /// Dead letters that are to be given back, and until when that has happened.
    var redriving: Set<UInt64> = []
    var redrivenUntil: UInt64 = 0
    let patience: Int

    init(_ name: String, topic: String, _ settings: SubscriptionSettings, start: UInt64, patience: Int) {
        self.name = name
        self.topic = topic
        self.settings = settings
        self.start = start
        self.patience = patience
    }

    /// The topic of its dead letters.
    var deadLetters: String { "$dead.\(topic).\(name)" }
    var path: String { "\(topic)/\(name)" }

    var inOrder: [AccountEntry] { entries.values.sorted { $0.offset < $1.offset } }
    var unsettled: [AccountEntry] { inOrder.filter { !$0.state.isSettled } }

    /// Whether all below an offset is settled, what is over by now included.
    func isSettled(below offset: UInt64, at now: UInt64) -> Bool {
        unsettled.allSatisfy { $0.offset >= offset || $0.isOverdue(at: now) }
    }

    // MARK: - Messages come

    /// Takes a message that has become visible.
    func take(_ offset: UInt64, _ message: AccountTopic.Message) {
        var entry = AccountEntry(offset: offset, key: message.key, expires: message.expires)
        if offset < start {
            entry.state = .beforeStart
        } else if !passes(message) {
            entry.state = .filtered
        }
        entries[offset] = entry
    }

    /// Whether the filter passes a message.
    func passes(_ message: AccountTopic.Message) -> Bool {
        let filter = settings.filter
        let prefix = String(decoding: filter.keyPrefix, as: UTF8.self)
        return message.key.hasPrefix(prefix)
            && (filter.header.isEmpty || message.kind == String(decoding: filter.value, as: UTF8.self))
    }

    // MARK: - Deliveries end

    /// It is handled.
    func finish(_ offset: UInt64, byPerson: Bool = false, note: String? = nil) {
        entries[offset]?.state = .handled(byPerson: byPerson)
        entries[offset]?.note = note
    }

    /// It failed.
    func fail(
        _ offset: UInt64, delay: Int? = nil, code: String? = nil, note: String? = nil, by consumer: String,
        isReject: Bool = false, at now: UInt64
    ) {
        guard var entry = entries[offset] else { return }
        entry.failures += 1
        entry.returns = 0
        (entry.code, entry.note) = (code, note)
        entries[offset] = entry
        if isReject { return end(offset, "rejected", by: consumer, at: now) }
        if entry.failures >= settings.maxFailures { return end(offset, "max-failures", by: consumer, at: now) }
        postpone(offset, delay.map { .exactly($0) } ?? .backoff(entry.failures), at: now)
    }

    /// It was given back without having failed.
    func giveBack(_ offset: UInt64, by consumer: String, at now: UInt64) {
        guard var entry = entries[offset] else { return }
        entry.returns += 1
        entry.state = .unsettled
        entry.hasComeBack = true
        entries[offset] = entry
        if entry.returns >= settings.maxDeliveries { return end(offset, "max-deliveries", by: consumer, at: now) }
        if entry.returns >= patience { postpone(offset, .backoff(entry.returns - patience + 1), at: now) }
    }

    /// How long a message waits.
    enum Wait {
        case exactly(Int)
        /// The backoff behind so many failures, with its jitter.
        case backoff(Int)
    }

    func postpone(_ offset: UInt64, _ wait: Wait, at now: UInt64) {
        let (least, most): (UInt64, UInt64)
        switch wait {
        case .exactly(let delay): (least, most) = (now + UInt64(delay), now + UInt64(delay))
        case .backoff(let count):
            let delays = (earlierBackoffs + [settings.backoff]).map { $0[min(count, $0.count) - 1] }
            least = now + UInt64(delays.min() ?? 0) * 8 / 10
            most = now + (UInt64(delays.max() ?? 0) * 12 + 9) / 10
        }
        entries[offset]?.state = most <= now ? .unsettled : .deferred(from: least, until: most)
        entries[offset]?.hasComeBack = true
        entries[offset]?.store()
    }

    /// It will not be tried again: it is parked or dead.
    func end(_ offset: UInt64, _ reason: String, by consumer: String?, at now: UInt64) {
        if let entry = entries[offset], let expires = entry.expires, !entry.isTimeless, expires <= now {
            // It ended twice over.
            entries[offset]?.mayHaveExpired = reason != "rejected"
        }
        if settings.onPoison == .park, reason != "expired" { return park(offset, by: consumer, at: now) }
        bury(offset, reason, at: now)
    }

    func bury(_ offset: UInt64, _ reason: String, at now: UInt64) {
        entries[offset]?.state = .dead(reason: reason, at: now)
        entries[offset]?.canBeRedriven = true
    }

    func park(_ offset: UInt64, by consumer: String?, at now: UInt64) {
        entries[offset]?.state = .parked(since: now, by: consumer)
        entries[offset]?.returns = 0
        entries[offset]?.hasComeBack = true
        entries[offset]?.store()
    }

    /// Its time is over.
    func expire(_ offset: UInt64, at now: UInt64) {
        if settings.onExpire == .dead { return bury(offset, "expired", at: now) }
        entries[offset]?.state = .expired
    }

    // MARK: - What else happens

    /// A dead letter was given back.
    func redrive(_ offset: UInt64) {
        redriving.remove(offset)
        // What a person said before it died is not told again.
        entries[offset]?.answer = nil
        guard var entry = entries[offset] else { return }
        entry.state = .unsettled
        entry.canBeRedriven = false
        entry.failures = 0
        entry.returns = 0
        entry.leastDeliveries = 0
        entry.hasComeBack = true
        entry.isTimeless = true
        entry.store()
        entries[offset] = entry
    }

    /// A person has it tried again.
    func retry(_ offset: UInt64, saying note: String) {
        guard var entry = entries[offset] else { return }
        entry.state = .unsettled
        entry.failures = 0
        entry.returns = 0
        entry.answer = note
        entry.hasComeBack = true
        entry.isTimeless = true
        entry.store()
        entries[offset] = entry
    }

    /// The reading position is moved; messages that are not in the log any more are not touched.
    func seek(
        to position: UInt64, kept first: UInt64, at now: UInt64, _ message: (UInt64) -> AccountTopic.Message
    ) {
        start = position
        // What was given back from its copy is behind the position too.
        for entry in inOrder where entry.offset >= first || entry.offset < position {
            if entry.offset >= position {
                entries[entry.offset]?.forgetAll()
                redriving.remove(entry.offset)
                if !passes(message(entry.offset)) { entries[entry.offset]?.state = .filtered }
            } else if !entry.state.isSettled {
                leave(entry, as: .beforeStart, at: now)
            }
        }
    }

    /// Messages leave the log; what left it before and was given back from its copy is not concerned.
    func lose(_ offsets: Range<UInt64>, isPurge: Bool, at now: UInt64) {
        for entry in unsettled where offsets.contains(entry.offset) {
            leave(entry, as: .lost(isPurged: isPurge), at: now)
        }
    }

    /// It ends, if its time was not over before.
    private func leave(_ entry: AccountEntry, as state: AccountEntry.State, at now: UInt64) {
        entries[entry.offset]?.mayHaveExpired = entry.isOverdue(at: now)
        entries[entry.offset]?.state = state
    }

    /// What was in flight comes again; only what the store knows keeps its count.
    func restart() {
        for entry in unsettled {
            if entry.isLeased { entries[entry.offset]?.state = .unsettled }
            entries[entry.offset]?.deliveries = entry.stored.deliveries
            entries[entry.offset]?.leastDeliveries = entry.stored.least
            entries[entry.offset]?.returns = entry.stored.returns
            entries[entry.offset]?.overdueSince = nil
        }
        earlierBackoffs = []
    }

    /// Time has passed: what waited for it is due.
    func pass(to now: UInt64) {
        if let end = pausedUntil, end <= now { pausedUntil = nil }
        for case let entry in unsettled {
            if case .deferred(_, let until) = entry.state, until <= now { entries[entry.offset]?.state = .unsettled }
        }
    }
}
