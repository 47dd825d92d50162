// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Dead letters are delivered again to the subscription for which they died (semantics 4).
extension Broker {
    /// Dead letters that one step looks at.
    private static let lookedAtOnce = 5_000
    /// How often a redrive goes on, in milliseconds.
    private static let interval: UInt64 = 100
    /// Redriven messages of one subscription that are unsettled at once.
    private static let openLimit = 10_000

    // MARK: - Beginning

    /// Counts as many of the dead letters that are meant as a step may look at, and begins when that were all.
    func redrive(_ progress: RedriveCount, for connection: Connection) throws -> RedriveCount? {
        var progress = progress
        let request = progress.request
        let subscription = try subscription(request.topic, request.subscription)
        guard subscription.redrive == nil else {
            throw Refusal(.conflict, "a redrive of this subscription goes on; REDRIVE .. stop ends it")
        }
        guard let dead = topics[Topic.deadLetters(of: subscription)] else {
            reply(.settled(0), to: connection)
            return nil
        }
        progress.next = max(progress.next, dead.row.first)
        let limit = request.limit ?? .max
        let end = min(progress.next + UInt64(Self.lookedAtOnce), dead.visible)
        try look(at: progress.next..<end, of: dead) { offset, letter throws(StoreError) in
            guard progress.meant < limit, try isMeant(letter, offset, by: request.filter, of: subscription, dead)
            else { return true }
            progress.meant += 1
            return true
        }
        progress.next = end
        if end < dead.visible, progress.meant < limit { return progress }
        if !request.isDryRun, progress.meant > 0 {
            guard !isFull else { throw full() }
            var job = StoredRedrive(
                subscription: subscription.id, rate: UInt64(request.rate), meant: progress.meant,
                next: dead.row.first, end: dead.visible, since: now.wall)
            job.filter = request.filter
            subscription.redrive = job
            try put(job.row)
            try goOnRedriving(subscription)
        }
        reply(.settled(progress.meant), to: connection)
        return nil
    }

    /// Looks at dead letters that have not been redriven; `body` says whether to go on.
    private func look(
        at range: Range<UInt64>, of dead: Topic,
        _ body: (UInt64, PeekedMessage) throws(StoreError) -> Bool
    ) throws(StoreError) {
        var cursor: SegmentCursor?
        var offset = range.lowerBound
        while offset < range.upperBound {
            if let taken = dead.taken, taken.lane.isSettled(offset) {
                offset = taken.lane.settled.firstUnsettled(from: offset)
                continue
            }
            switch try locate(offset, in: dead, &cursor) {
            case .message(let segment, let message):
                let letter = PeekedMessage(
                    offset: message.offset, time: message.time, segment: segment, start: message.start,
                    size: message.size)
                guard try body(message.offset, letter) else { return }
                offset = message.offset + 1
            case .gap(let until): offset = until
            case .end: return
            }
        }
    }

    /// Whether a dead letter is meant, and the message that it is a copy of ended with it.
    private func isMeant(
        _ letter: PeekedMessage, _ offset: UInt64, by filter: Redrive.Filter, of subscription: Subscription,
        _ dead: Topic
    ) throws(StoreError) -> Bool {
        guard let fields = letter.fields else { return false }
        let reader = DeadLetterReader(fields)
        guard reader.isMeant(by: filter) else { return false }
        let original = reader.number("Offset")
        guard original >= subscription.row.start, subscription.lane.isSettled(original) else { return false }
        guard let ending = try ending(of: original, subscription) else {
            // What ended a message is forgotten when it leaves the log; after a seek it may have come anew since.
            let at = reader.number("At")
            return original < subscription.topic.row.first
                && !subscription.row.earlier.contains { $0.end <= original && $0.time > at }
        }
        return ending.kind == .dead && ending.copyTopic == dead.id && ending.copyOffset == offset
    }

    // MARK: - Going on

    /// Takes up a redrive that an earlier process began.
    func loadRedrive(of subscription: Subscription) throws(StoreError) {
        let key = StoredRedrive.rowKey(subscription: subscription.id)
        guard let row = try store.row(.redrives, key: key) else { return }
        subscription.redrive = try StoredRedrive(row, subscription: subscription.id)
        timers.setEarlier(subscription.redriveTimer, at: now.steady + Self.interval, .redrive(subscription))
    }

    /// Redrives as many dead letters as the rate allows since the last time.
    func goOnRedriving(_ subscription: Subscription) throws(StoreError) {
        guard !subscription.isGone, var job = subscription.redrive else { return }
        guard let dead = topics[Topic.deadLetters(of: subscription)] else {
            return try endRedrive(of: subscription, stopped: true)
        }
        timers.set(subscription.redriveTimer, at: now.steady + Self.interval, .redrive(subscription))
        guard !isFull, subscription.lane.reopened.count < Self.openLimit else { return }
        let elapsed = subscription.redrivenAt.map { now.steady - $0 } ?? Self.interval
        subscription.redrivenAt = now.steady
        // In thousandths: what a second allows at most, and no less than one.
        subscription.redriveAllowance = min(
            subscription.redriveAllowance + job.rate * elapsed, max(1_000, job.rate * 1_000))
        let end = min(job.next + UInt64(Self.lookedAtOnce), job.end)
        job.next = max(job.next, dead.row.first)
        if job.next < end {
            var next = end
            try look(at: job.next..<end, of: dead) { offset, letter throws(StoreError) in
                guard subscription.redriveAllowance >= 1_000, job.done < job.meant, !isStepFull else {
                    next = offset
                    return false
                }
                if try isMeant(letter, offset, by: job.filter, of: subscription, dead) {
                    try redrive(letter, offset, of: subscription, dead)
                    subscription.redriveAllowance -= 1_000
                    job.done += 1
                }
                return true
            }
            job.next = next
        }
        subscription.redrive = job
        if job.next >= job.end || job.done >= job.meant {
            try endRedrive(of: subscription, stopped: false)
        } else {
            try put(job.row)
        }
    }

    /// Delivers a message again whose copy is a dead letter, and takes the copy out, in one commit.
    private func redrive(
        _ letter: PeekedMessage, _ copy: UInt64, of subscription: Subscription, _ dead: Topic
    ) throws(StoreError) {
        guard let fields = letter.fields else { return }
        let reader = DeadLetterReader(fields)
        let offset = reader.number("Offset")
        var row = reader.row(offset: offset)
        row.keyHash = key(of: fields, subscription) ?? 0
        row.due = dueNow
        if try !isKept(offset, in: subscription.topic) {
            try keepCopy(of: fields, reader, offset, for: subscription)
        }
        takeEnding(of: offset, subscription)
        subscription.lane.reopen(offset)
        put(row, replacing: nil, of: subscription)
        subscription.row.dead -= min(1, subscription.row.dead)
        subscription.counts.redriven += 1
        try takeOut(copy, of: dead)
    }

    private func isKept(_ offset: UInt64, in topic: Topic) throws(StoreError) -> Bool {
        guard offset >= topic.row.first else { return false }
        var cursor: SegmentCursor?
        guard case .message(_, let message) = try locate(offset, in: topic, &cursor) else { return false }
        return message.offset == offset
    }

    // MARK: - Ending

    func stopRedrive(_ topic: String, _ name: String, for connection: Connection) throws {
        let subscription = try subscription(topic, name)
        let left = subscription.redrive.map { $0.meant - min($0.done, $0.meant) } ?? 0
        try stopRedrive(of: subscription)
        reply(.settled(left), to: connection)
    }

    /// Stops a redrive, if there is one.
    func stopRedrive(of subscription: Subscription) throws(StoreError) {
        if subscription.redrive != nil { try endRedrive(of: subscription, stopped: true) }
    }

    private func endRedrive(of subscription: Subscription, stopped: Bool) throws(StoreError) {
        guard let job = subscription.redrive else { return }
        subscription.redrive = nil
        remove(.redrives, StoredRedrive.rowKey(subscription: subscription.id), expiresAt: nil)
        var event = SystemEvent(
            .redriveDone, topic: subscription.topic.name, subscription: subscription.name)
        event.redriven = SystemEvent.Redriven(
            meant: job.meant, redriven: job.done, diedAgain: job.diedAgain, stopped: stopped)
        tell(event)
        note(
            .redriven(
                topic: subscription.topic.name, subscription: subscription.name, meant: job.meant, done: job.done,
                stopped: stopped))
    }

    /// Counts what became of a redriven message: when half of the last 20 die again, the redrive stops.
    func countRedriven(_ row: Deferred, died: Bool, of subscription: Subscription) throws(StoreError) {
        guard row.redrives > 0, var job = subscription.redrive else { return }
        if died { job.diedAgain += 1 }
        job.outcomes = (job.outcomes << 1 | (died ? 1 : 0)) & (1 << 20 - 1)
        job.outcomeCount = min(20, job.outcomeCount + 1)
        subscription.redrive = job
        if job.outcomeCount == 20, job.outcomes.nonzeroBitCount >= 10 {
            try endRedrive(of: subscription, stopped: true)
        } else {
            try put(job.row)
        }
    }
}
