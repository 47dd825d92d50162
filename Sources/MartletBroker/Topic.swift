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
    /// Recent messages, kept in memory for consumers that keep up; consecutive.
    private(set) var recent: [Segment] = []
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
    }

    var id: UInt64 { row.id }
    var name: String { row.name }
    /// Whether the topic holds dead letters, which are never dead-lettered again.
    var isDeadLetters: Bool { row.name.hasPrefix("$dead.") }
    /// Whether somebody is attached to one of its subscriptions.
    var hasConsumers: Bool { subscriptions.values.contains { !$0.queue.consumers.isEmpty } }

    /// Keeps a segment in memory.
    func remember(_ segment: Segment) {
        if let last = recent.last, last.end != segment.base { recent.removeAll() }
        recent.append(segment)
    }

    /// Forgets the oldest segment, if it is that one.
    func forget(_ segment: Segment) {
        if recent.first === segment { recent.removeFirst() }
    }

    /// Forgets all segments.
    func forgetAll() {
        recent.removeAll()
    }

    /// The segment in memory that holds an offset.
    func recent(holding offset: UInt64) -> Segment? {
        guard let first = recent.first, offset >= first.base else { return nil }
        return recent.last { $0.base <= offset && offset < $0.end }
    }
}
