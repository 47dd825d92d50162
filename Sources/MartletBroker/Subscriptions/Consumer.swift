// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One connection's attachment to a subscription.
final class Consumer {
    /// The number that the client chose.
    let number: UInt64
    // SAFETY: a connection forgets its consumers before the broker forgets the connection.
    unowned(unsafe) var connection: Connection {
        didSet { name = Self.name(number, of: connection) }
    }
    // SAFETY: a subscription's consumers are detached before the broker forgets the subscription.
    unowned(unsafe) let subscription: Subscription
    /// Unsettled deliveries that it may hold.
    var window: Int
    /// Its unsettled deliveries.
    var leases = LeaseTable()
    /// Tags whose leases were lost.
    var lost = TagRanges()
    /// The tag of its first delivery: those before it were given to earlier consumers of the number.
    let firstTag: UInt64
    /// The tag of its next delivery.
    var nextTag: UInt64
    /// How long its leases outlive its connection, in milliseconds.
    var grace = 0
    /// The timer that looks after that.
    let graceTimer = TimerPlace()
    /// Until when they do so now, in steady milliseconds, if the connection is gone.
    var keptUntil: UInt64?
    /// Replies to its `SUB`s that are not out; one that comes back may wait for two.
    var unansweredSubscribes = 0
    /// Whether the reply to its `SUB` is out, so that deliveries may follow.
    var isActive = false
    /// Leases that ran out since it last settled something.
    var timeoutsInRow = 0
    /// What its handlers say of their work, by tag.
    var progress: [UInt64: HandlerProgress] = [:]
    /// Whether it has been detached.
    var isGone = false
    /// The place in time of its last delivery, as a count of deliveries: less is longer idle.
    var lastDelivery: UInt64 = 0
    /// Its place in the subscription's queue of consumers, or -1.
    var queueIndex = -1
    /// The timer that looks at its leases.
    let leaseTimer = TimerPlace()
    /// The name by which people know it.
    private(set) var name: String

    private var oldest: UInt64
    private var extended = Heap<Extension>()

    private struct Extension: Comparable {
        var deadline: UInt64
        var tag: UInt64

        static func < (left: Extension, right: Extension) -> Bool { left.deadline < right.deadline }
    }

    init(number: UInt64, connection: Connection, subscription: Subscription, window: Int) {
        self.number = number
        self.connection = connection
        self.subscription = subscription
        self.window = window
        firstTag = connection.nextTags[number]
        nextTag = firstTag
        oldest = firstTag
        name = Self.name(number, of: connection)
    }

    private static func name(_ number: UInt64, of connection: Connection) -> String {
        "\(connection.client)/\(number)"
    }

    /// Deliveries that it can take now.
    var free: Int { isActive && !connection.isBlocked && !connection.isHeld ? max(0, window - leases.count) : 0 }

    /// When the next of its leases runs out, nil when it holds none.
    ///
    /// Leases run out in the order of their tags, but for those that were extended, which wait in a heap.
    func nextDeadline() -> UInt64? {
        while let first = extended.first {
            if let lease = leases[first.tag], lease.isTouched, lease.deadline == first.deadline { break }
            _ = extended.popFirst()
        }
        while oldest < nextTag {
            if let lease = leases[oldest], !lease.isTouched {
                return min(lease.deadline, extended.first?.deadline ?? .max)
            }
            oldest += 1
        }
        return extended.first?.deadline
    }

    /// The tag of a lease that has run out, if there is one.
    func expired(at steady: UInt64) -> UInt64? {
        guard let deadline = nextDeadline(), deadline <= steady else { return nil }
        if let first = extended.first, first.deadline == deadline { return first.tag }
        return oldest
    }

    /// Forgets everything, since it has been detached; a timer may keep it for some time.
    func clear() {
        leases = LeaseTable()
        lost = TagRanges()
        extended = Heap()
        progress = [:]
    }

    /// Remembers what a handler says of its work; what is said of deliveries that ended goes now and then.
    func note(_ progress: HandlerProgress, of tag: UInt64) {
        if self.progress.count > 2 * leases.count + 64 {
            self.progress = self.progress.filter { leases.contains($0.key) }
        }
        self.progress[tag] = progress
    }

    private func forgetStaleExtensions() {
        extended = Heap()
        for tag in leases.tags {
            if let lease = leases[tag], lease.isTouched {
                extended.insert(Extension(deadline: lease.deadline, tag: tag))
            }
        }
    }

    /// Extends a lease.
    func extend(_ tag: UInt64, to deadline: UInt64) {
        guard let lease = leases[tag], !lease.isTouched || lease.deadline != deadline else { return }
        // What was extended again stays behind in the heap; it must not outgrow what is outstanding.
        if extended.count > 2 * leases.count + 64 { forgetStaleExtensions() }
        leases.update(tag) {
            $0.deadline = deadline
            $0.isTouched = true
        }
        extended.insert(Extension(deadline: deadline, tag: tag))
    }
}
