// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// A durable, named reading position on a topic, shared by its consumers.
final class Subscription {
    /// What the store's row says; the floor is the lane's.
    var row: StoredSubscription
    unowned let topic: Topic
    /// What comes next for its consumers.
    private(set) var lane: Lane
    /// The consumers, the next one to get a message first.
    var queue = ConsumerQueue()
    /// Unsettled deliveries of all its consumers.
    var inFlight = 0
    /// Whether receipts were written for it, so that deliveries have to look for them.
    var hasReceipts: Bool
    /// The last row about what was lost, once this process has asked for it.
    var lastLoss: Ending?
    /// Whether its row has to be written at the end of the step.
    var isChanged = false
    /// Whether it is among those whose lanes write rows in this step.
    var isDeferring = false
    /// Rows about returned messages that this step writes, or removes, which the store does not show before the commit.
    var written: [UInt64: Deferred?] = [:]
    /// What this step says of messages that end, or that are taken up again.
    var ended = EndedInStep()
    /// Whether it is among those that have any of that.
    var isWritten = false
    /// Up to where it has removed such rows.
    var tidied: UInt64 = 0
    /// Whether it is among those that remove rows of messages that have left the log, over several steps.
    var isTidying = false
    /// Whether messages may have become deliverable.
    var wantsPump = false
    var isGone = false
    /// What happened to its messages since the start.
    var counts = DeliveryCounts()
    /// The timer that looks at what is due.
    let dueTimer = TimerPlace()
    /// The timer that removes it when it is ephemeral and has no consumer.
    let ephemeralTimer = TimerPlace()
    /// The redrive that goes on, if one does.
    var redrive: StoredRedrive?
    /// Dead letters that it may redrive now, in thousandths.
    var redriveAllowance: UInt64 = 0
    /// When it last redrove some, in steady milliseconds.
    var redrivenAt: UInt64?
    /// The timer that goes on with it.
    let redriveTimer = TimerPlace()
    /// The timer that looks at the oldest message that is to be settled in time.
    let expectationTimer = TimerPlace()
    /// Since when it has had no consumer, in steady milliseconds; nil when it has one.
    var idleSince: UInt64?
    /// Whether it was told that no consumer takes its messages.
    var isToldIdle = false
    /// The timer that ends a pause.
    let pauseTimer = TimerPlace()
    /// Whether it goes on looking past messages, over several steps.
    var isScanning = false
    /// When an ephemeral subscription is removed unless a consumer attaches, in steady milliseconds.
    var removeAt: UInt64?

    init(_ stored: StoredState.Subscription, topic: Topic, memory: KeyMemory) {
        row = stored.row
        hasReceipts = stored.hasReceipts
        self.topic = topic
        lane = Lane(stored, end: topic.row.next, memory: memory)
    }

    /// Sets the position elsewhere: everything from its floor on begins anew.
    func restart(memory: KeyMemory) {
        lane.end()
        lane = Lane(StoredState.Subscription(row: row, chunks: []), end: topic.row.next, memory: memory)
    }

    var id: UInt64 { row.id }
    var name: String { row.name }

    /// All messages up to this offset are settled.
    var floor: UInt64 {
        let floor = lane.settled.firstUnsettled(from: lane.settled.floor + 1) - 1
        return lane.reopened.isEmpty ? floor : min(floor, (lane.reopened.min() ?? .max) - 1)
    }

    /// Messages that are not settled.
    var backlog: UInt64 {
        let done = lane.settled.floor + lane.settled.above
        return (topic.row.next - 1 > done ? topic.row.next - 1 - done : 0) + UInt64(lane.reopened.count)
    }

    /// When a lease that begins now runs out, in steady milliseconds.
    func deadline(from now: UInt64, cap: Int) -> UInt64 { now + UInt64(min(row.settings.lease, cap)) }

    /// The delay before the delivery that follows a failure, in milliseconds.
    func backoff(afterFailures failures: UInt64) -> Int {
        guard let last = row.settings.backoff.last else { return 0 }
        let index = Int(min(failures, 1_000)) - 1
        return row.settings.backoff.indices.contains(index) ? row.settings.backoff[index] : last
    }
}
