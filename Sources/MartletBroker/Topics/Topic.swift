// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A named log of messages.
final class Topic {
    /// What the store's row says; `next` and `total` are those of the log.
    var row: StoredTopic
    /// Its subscriptions by name.
    var subscriptions: [String: Subscription] = [:]
    /// The offset behind the last message that is durable and may be delivered.
    var visible: UInt64
    /// What this step appends.
    var appending: Segment?
    /// What the last commit appended, until it is durable.
    var committed: Segment?
    /// Recent messages in memory.
    var recent = RecentSegments()
    /// The ids that it remembers, once a message with one came since the start.
    var ids: IDIndex?
    /// When they were last asked for, in steady milliseconds.
    var idsAsked: UInt64 = 0
    /// Ids that this step adds.
    var newIDs: [MessageID] = []
    /// Ids below this offset have been swept away or are being so.
    var firstStoredID: UInt64 = 1
    /// Whether a timer looks after its retention.
    var hasRetentionTimer = false
    /// Whether a timer looks after a limit that was passed.
    var hasLimitTimer = false
    /// When it may be said again that nobody sees the messages, in steady milliseconds.
    var nextUnseenAnnouncement: UInt64 = 0
    var isGone = false

    init(_ row: StoredTopic) {
        self.row = row
        visible = row.next
        firstStoredID = row.firstID
    }

    var id: UInt64 { row.id }
    var name: String { row.name }
    /// Whether the topic holds dead letters, which are never dead-lettered again.
    var isDeadLetters: Bool { row.name.hasPrefix("$dead.") }
    /// Whether somebody is attached to one of its subscriptions.
    var hasConsumers: Bool { subscriptions.values.contains { !$0.queue.consumers.isEmpty } }
}
