// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A named log of messages.
final class Topic {
    // SAFETY: an access ends with the statement that begins it, and the broker's thread is the only one.
    /// What the store's row says; `next` and `total` are those of the log.
    @exclusivity(unchecked) var row: StoredTopic
    /// What this step appends.
    @exclusivity(unchecked) var appending: Segment?
    /// When it took its last message, in steady milliseconds.
    @exclusivity(unchecked) var lastAppend: UInt64
    /// Its subscriptions in the order in which they were made.
    @exclusivity(unchecked) private(set) var subscriptions: [Subscription] = []
    private var subscriptionsByName: [String: Subscription] = [:]
    /// The offset behind the last message that is durable and may be delivered.
    var visible: UInt64
    /// Bytes of what the step before appended: the next one appends about as much, and need not grow to it.
    var lastSize = 0
    /// What the last commit appended, until it is durable.
    var committed: Segment?
    /// Recent messages in memory.
    var recent = RecentSegments()
    /// The ids that it remembers, once a message with one came since the start.
    var ids: IDIndex?
    /// Whether they are being read from the store, over several steps.
    var isReadingIDs = false
    /// When they were last asked for, in steady milliseconds.
    var idsAsked: UInt64 = 0
    /// Ids that this step adds.
    var newIDs: [MessageID] = []
    /// Ids below this offset have been swept away or are being so.
    var firstStoredID: UInt64 = 1
    /// The timer that looks after its retention.
    let retentionTimer = TimerPlace()
    /// How far retention has looked through what it is about to drop, while that takes several steps.
    var look: FilterLook?
    /// When it may be said again that no subscription sees the messages, in steady milliseconds.
    var nextUnseenAnnouncement: UInt64 = 0
    /// Which dead letters were taken out, since they were redriven.
    var taken: Subscription?
    /// Whether messages of it may have a time to live.
    var mayExpire = false
    /// The timer that looks after the messages whose time ends.
    let expiryTimer = TimerPlace()
    /// Whether ids of scheduled messages may be remembered; nil until that is looked up.
    var mayHaveScheduledIDs: Bool?
    /// What this step appends that has a time to live.
    var newExpiries: [Due] = []
    /// What this step appends that belongs to processes.
    var newProcesses: [ProcessMark] = []
    var isGone = false

    init(_ row: StoredTopic, now: UInt64) {
        self.row = row
        lastAppend = now
        visible = row.next
        firstStoredID = row.firstID
    }

    var id: UInt64 { row.id }
    var name: String { row.name }
    /// Whether the topic holds dead letters, which are never dead-lettered again.
    var isDeadLetters: Bool { row.name.hasPrefix("$dead.") }
    /// Whether the topic holds what the broker says of itself.
    var isAboutTheBroker: Bool { row.name.hasPrefix("$sys.") }
    /// Whether its messages are the broker's.
    var isBrokers: Bool { row.name.hasPrefix("$") }
    /// The name of the topic that holds the dead letters of a subscription.
    static func deadLetters(of subscription: Subscription) -> String {
        "$dead.\(subscription.topic.name).\(subscription.name)"
    }

    /// The subscription of that name.
    func subscription(_ name: String) -> Subscription? { subscriptionsByName[name] }

    func add(_ subscription: Subscription) {
        subscriptions.append(subscription)
        subscriptionsByName[subscription.name] = subscription
    }

    func remove(_ subscription: Subscription) {
        subscriptions.removeAll { $0 === subscription }
        subscriptionsByName[subscription.name] = nil
    }

    /// Whether a consumer is attached to one of its subscriptions.
    var hasConsumers: Bool { subscriptions.contains { !$0.queue.consumers.isEmpty } }
}
