// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// A durable, named reading position on a topic, shared by its consumers.
final class Subscription {
    /// What the store's row says; the floor is `settled`'s.
    var row: StoredSubscription
    unowned let topic: Topic
    /// What has been settled.
    var settled: SettledSet
    /// The consumers, the next one to get a message first.
    var queue = ConsumerQueue()
    /// The offset of the next message that has not been handed out since the start of the process.
    var cursor: UInt64
    /// Messages that came back and may be delivered now, in the order of their offsets.
    var returned = Heap<Returned>()
    /// Unsettled deliveries of all its consumers.
    var inFlight = 0
    /// Messages that wait on disk for their due time.
    var waiting: UInt64
    /// When the next message on disk is due, in Unix milliseconds, if one is.
    var nextDue: UInt64?
    /// The last due message that was taken from disk.
    var duePosition = Due(time: 0, offset: 0)
    /// Whether receipts were written for it, so that deliveries have to look for them.
    var hasReceipts: Bool
    /// Whether its row has to be written at the end of the step.
    var isChanged = false
    /// Whether this step puts rows about returned messages, which the store does not show before the commit.
    var isDeferring = false
    /// Whether messages may have become deliverable.
    var wantsPump = false
    var isGone = false
    /// The steady time of the timer that looks at what is due, if one is set.
    var dueTimer: UInt64?
    /// When an ephemeral subscription goes unless somebody attaches, in steady milliseconds.
    var goesAt: UInt64?
    /// Whether a timer looks at that.
    var hasEphemeralTimer = false

    /// The place in the log of the message at the cursor.
    var reader: SegmentCursor?
    /// The place in the log of the last message that was delivered again.
    var rereader: SegmentCursor?
    /// Offsets of the cursor's chunk that wait on disk from before the start of the process.
    var aside: (chunk: UInt64, offsets: Set<UInt64>)?
    /// Behind this offset nothing waits on disk from before the start of the process.
    let asideEnd: UInt64

    init(_ stored: StoredState.Subscription, topic: Topic) {
        row = stored.row
        hasReceipts = stored.hasReceipts
        self.topic = topic
        settled = SettledSet(stored)
        cursor = stored.row.floor + 1
        waiting = stored.row.deferred
        nextDue = stored.row.deferred > 0 ? 0 : nil
        asideEnd = stored.row.deferred > 0 ? topic.row.next : 0
    }

    var id: UInt64 { row.id }
    var name: String { row.name }

    /// Messages that are not settled.
    var backlog: UInt64 {
        let done = settled.floor + settled.above
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
