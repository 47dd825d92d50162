// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// What one subscription owes its consumers, as simply as it can be said.
///
/// It does not say what the broker has to deliver next, only what it may deliver, so it needs none of the broker's
/// queues, windows into the log or bitmaps. Times are Unix milliseconds.
struct ReferenceSubscription {
    /// An unsettled delivery.
    struct Held: Equatable {
        var consumer: Int
        var tag: UInt64
        var delivered: UInt64
        var deadline: UInt64
        var isTouched = false
    }

    /// The outcome of a message that was handled before.
    struct Receipt {
        var outcome: String
        var expiresAt: UInt64
    }

    let settings: SubscriptionSettings
    /// What lies below is none of its business: it was published too early, purged or lost.
    private(set) var first: UInt64
    /// What was settled from there on.
    private(set) var settled: Set<UInt64> = []
    private(set) var held: [UInt64: Held] = [:]
    /// Deliveries whose messages left the log before their consumers were told.
    private var dropped: [Held] = []
    /// Messages that became dead letters, and those that retention dropped unsettled.
    private(set) var dead: UInt64 = 0
    private(set) var lost: UInt64 = 0
    /// When it ends, if no consumer attaches.
    var endsAt: UInt64?
    var receipts: [String: Receipt] = [:]

    private var deliveries: [UInt64: UInt32] = [:]
    /// The counts that the store knows, as it does of every message that came back later than at once.
    private var stored: [UInt64: UInt32] = [:]
    private var failures: [UInt64: Int] = [:]
    /// Returns in a row that did not count, and those of them that the store knows.
    private var returns: [UInt64: Int] = [:]
    private var storedReturns: [UInt64: Int] = [:]
    private let patience: Int
    private var notBefore: [UInt64: UInt64] = [:]
    /// The newest message that was delivered, and the one before the turn at hand.
    private var newest: UInt64 = 0
    private var newestBefore: UInt64 = 0
    private var turn = 0

    init(_ settings: SubscriptionSettings, first: UInt64, patience: Int = 10) {
        self.settings = settings
        self.patience = patience
        self.first = first
    }

    /// Messages that are not settled, of a topic whose next message gets that offset.
    func backlog(next: UInt64) -> UInt64 { next > first ? next - first - UInt64(settled.count) : 0 }

    /// Whether everything below an offset is settled.
    func isDone(below offset: UInt64) -> Bool {
        offset <= first || UInt64(settled.count { $0 < offset }) == offset - first
    }

    // MARK: - Deliveries

    /// Takes a delivery, or says why it may not be.
    mutating func deliver(
        _ got: Got, to consumer: Int, turn: Int = 0, leaseCap: Int = Defaults.leaseCap, at now: UInt64
    ) -> String? {
        let offset = got.offset
        if offset < first { return "is older than what is left or was asked for" }
        if settled.contains(offset) { return "was settled" }
        if held[offset] != nil { return "is held by a consumer" }
        if let time = notBefore[offset], now < time { return "is not due for \(time - now) ms" }
        if got.attempt != (deliveries[offset] ?? 0) + 1 { return "is not attempt \(got.attempt)" }
        if deliveries[offset] == nil {
            if turn != self.turn { (self.turn, newestBefore) = (turn, newest) }
            if offset <= newestBefore { return "comes behind \(newestBefore)" }
            newest = max(newest, offset)
        }
        deliveries[offset] = got.attempt
        held[offset] = Held(
            consumer: consumer, tag: got.tag, delivered: now,
            deadline: now + UInt64(min(settings.lease, leaseCap)))
        return nil
    }

    /// The outcome that is known under a key.
    func outcome(_ key: String, at now: UInt64) -> String? {
        receipts[key].flatMap { $0.expiresAt > now ? $0.outcome : nil }
    }

    /// The tags that a consumer holds.
    func tags(of consumer: Int) -> [UInt64] {
        held.values.filter { $0.consumer == consumer }.map(\.tag).sorted()
    }

    private func offset(_ consumer: Int, _ tag: UInt64) -> UInt64? {
        held.first { $0.value.consumer == consumer && $0.value.tag == tag }?.key
    }

    // MARK: - Ends of deliveries

    /// Ends a delivery that is held; the offset of the message if it is dead now.
    mutating func settle(
        _ request: Settle, tag: UInt64, of consumer: Int, isFull: Bool = false, at now: UInt64
    ) -> UInt64? {
        guard let offset = offset(consumer, tag) else { return nil }
        held[offset] = nil
        guard offset >= first else { return nil }
        let delay = request.delay.map(UInt64.init)
        switch request.verb {
        case .ack: settled.insert(offset)
        case .nack: return fail(offset, delay: delay, isFull: isFull, at: now)
        case .reject: return fail(offset, isRejected: true, delay: nil, isFull: isFull, at: now)
        case .release:
            guard let delay, delay > 0 else { return giveBack(offset, isFull: isFull, at: now) }
            returns[offset] = 0
            postpone(offset, until: now + delay)
        case .park: postpone(offset, until: .max)
        }
        return nil
    }

    /// Extends a lease; its new end, or nil when there is no lease.
    mutating func touch(_ tag: UInt64, of consumer: Int, by extend: Int, leaseCap: Int, at now: UInt64) -> UInt64? {
        guard let offset = offset(consumer, tag), var lease = held[offset] else { return nil }
        lease.deadline = min(now + UInt64(extend), lease.delivered + UInt64(leaseCap))
        lease.isTouched = true
        held[offset] = lease
        return lease.deadline
    }

    /// Ends the leases that had run out at a moment: whose they were, and which messages are dead now.
    mutating func expire(
        until moment: UInt64, isFull: Bool = false, at now: UInt64
    ) -> (expired: [Held], dead: [UInt64]) {
        let expired = held.filter { $0.value.deadline <= moment }
        for offset in expired.keys { held[offset] = nil }
        return (
            Array(expired.values),
            expired.keys.compactMap { fail($0, delay: nil, isFull: isFull, at: now) }
        )
    }

    /// Takes back what a consumer holds, which counts for what it had touched if its connection was lost; the messages
    /// that are dead now.
    mutating func detach(_ consumer: Int, isLoss: Bool, isFull: Bool = false, at now: UInt64) -> [UInt64] {
        let back = held.filter { $0.value.consumer == consumer }
        for offset in back.keys { held[offset] = nil }
        guard isLoss else { return [] }
        return back.compactMap { offset, lease in
            lease.isTouched
                ? fail(offset, delay: nil, isFull: isFull, at: now) : giveBack(offset, isFull: isFull, at: now)
        }
    }

    /// Takes a message back that did not fail; its offset if that was once too often.
    private mutating func giveBack(_ offset: UInt64, isFull: Bool, at now: UInt64) -> UInt64? {
        guard offset >= first else { return nil }
        let count = returns[offset, default: 0] + 1
        returns[offset] = count
        if count >= settings.maxDeliveries, !isFull {
            settled.insert(offset)
            dead += 1
            return offset
        }
        guard count >= patience else { return nil }
        postpone(offset, until: now + backoff(count - patience + 1) * 8 / 10)
        return nil
    }

    private func backoff(_ count: Int) -> UInt64 { UInt64(settings.backoff[min(count, settings.backoff.count) - 1]) }

    private mutating func fail(
        _ offset: UInt64, isRejected: Bool = false, delay: UInt64?, isFull: Bool, at now: UInt64
    ) -> UInt64? {
        guard offset >= first else { return nil }
        let count = failures[offset, default: 0] + 1
        failures[offset] = count
        returns[offset] = 0
        if isRejected || count >= settings.maxFailures, !isFull {
            settled.insert(offset)
            dead += 1
            return offset
        }
        postpone(offset, until: now + (delay ?? backoff(count) * 8 / 10))
        return nil
    }

    private mutating func postpone(_ offset: UInt64, until time: UInt64) {
        notBefore[offset] = time
        stored[offset] = deliveries[offset]
        storedReturns[offset] = returns[offset]
    }

    // MARK: - What else happens

    /// The messages below an offset are gone; those that were not settled are lost if retention took them.
    mutating func drop(below offset: UInt64, isLoss: Bool) {
        guard offset > first else { return }
        let known = settled.filter { $0 < offset }
        if isLoss { lost += offset - first - UInt64(known.count) }
        settled.subtract(known)
        first = offset
        dropped += held.filter { $0.key < offset }.sorted { $0.key < $1.key }.map(\.value)
        held = held.filter { $0.key >= offset }
    }

    /// A consumer is told that the message of a delivery has left the log; false if it does not have it.
    mutating func takeBack(_ tag: UInt64, of consumer: Int) -> Bool {
        guard let offset = held.first(where: { $0.value.consumer == consumer && $0.value.tag == tag })?.key else {
            return false
        }
        held[offset] = nil
        return true
    }

    /// The deliveries whose messages have left the log since the last call, although their consumers were not told.
    mutating func takeDropped() -> [Held] {
        defer { dropped = [] }
        return dropped
    }

    /// What was in flight comes again; only what the store knows keeps its count.
    mutating func crash() {
        held = [:]
        deliveries = stored
        returns = storedReturns
        newest = 0
        newestBefore = 0
    }
}
