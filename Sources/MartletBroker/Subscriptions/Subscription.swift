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
    let lane: Lane
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
    /// Messages whose rows this step removes, which the store shows until the commit.
    var forgotten: Set<UInt64> = []
    /// Whether it is among those that remove rows of messages that have left the log, over several steps.
    var isTidying = false
    /// Whether messages may have become deliverable.
    var wantsPump = false
    var isGone = false
    /// The timer that looks at what is due.
    let dueTimer = TimerPlace()
    /// The timer that removes it when it is ephemeral and has no consumer.
    let ephemeralTimer = TimerPlace()
    /// When an ephemeral subscription is removed unless a consumer attaches, in steady milliseconds.
    var removeAt: UInt64?

    init(_ stored: StoredState.Subscription, topic: Topic) {
        row = stored.row
        hasReceipts = stored.hasReceipts
        self.topic = topic
        lane = Lane(stored, end: topic.row.next)
    }

    var id: UInt64 { row.id }
    var name: String { row.name }

    /// All messages up to this offset are settled.
    var floor: UInt64 { lane.settled.firstUnsettled(from: lane.settled.floor + 1) - 1 }

    /// Messages that are not settled.
    var backlog: UInt64 {
        let done = lane.settled.floor + lane.settled.above
        return topic.row.next - 1 > done ? topic.row.next - 1 - done : 0
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
