// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// What a topic need not keep goes (semantics 9).
extension Broker {
    private static let interval: UInt64 = 1_000
    private static let slowInterval: UInt64 = 60_000

    /// Looks after a topic's retention from time to time.
    func armRetention(_ topic: Topic) {
        let settings = topic.row.settings
        let interval: UInt64
        switch settings.retention {
        case .interest, .work: interval = Self.interval
        case .limits:
            guard settings.maxAge > 0 else { return }
            interval = min(max(settings.maxAge / 10, Self.interval), Self.slowInterval)
        }
        timers.setEarlier(topic.retentionTimer, at: now.steady + interval, .retention(topic))
    }

    /// Looks at a topic soon when it holds more than its limits.
    func checkLimits(_ topic: Topic) {
        let settings = topic.row.settings
        guard settings.retention == .limits else { return }
        let isOver = settings.isOver(
            messages: topic.row.next - topic.row.first, bytes: topic.row.total - topic.row.trimmed)
        guard isOver else { return }
        timers.setEarlier(topic.retentionTimer, at: now.steady + Self.interval, .retention(topic))
    }

    func retain(_ topic: Topic) throws(StoreError) {
        guard topic.look == nil else { return }
        topic.look = FilterLook()
        if try !goOnRetaining(topic) { unfinished.append(.retention(topic)) }
    }

    /// Drops what a topic need not keep, once it has been looked through; true when that is done.
    func goOnRetaining(_ topic: Topic) throws(StoreError) -> Bool {
        guard !topic.isGone, var look = topic.look else { return true }
        let first = try kept(of: topic)
        guard try self.look(through: topic, below: first, &look) else {
            topic.look = look
            return false
        }
        topic.look = nil
        try drop(topic, below: first, as: .lost)
        armRetention(topic)
        // What is unsettled stays until it is settled, and a settle does not come by here.
        checkLimits(topic)
        return true
    }

    /// The first offset that a topic keeps.
    private func kept(of topic: Topic) throws(StoreError) -> UInt64 {
        let unsettled = unsettledFirst(of: topic)
        switch topic.row.settings.retention {
        case .limits:
            let limit = try limit(of: topic)
            return min(limit, unsettled ?? limit)
        case .interest, .work: return min(unsettled ?? .max, topic.visible)
        }
    }

    /// The first offset that the limits let a topic keep.
    private func limit(of topic: Topic) throws(StoreError) -> UInt64 {
        let settings = topic.row.settings
        var first = topic.row.first
        if settings.maxAge > 0, let time = ageLimit(settings.maxAge, of: topic, countsDowntime: false) {
            first = max(first, try store.offset(topic: topic.id, at: time) ?? topic.visible)
        }
        if settings.maxMessages > 0, topic.visible > settings.maxMessages {
            first = max(first, topic.visible - settings.maxMessages)
        }
        if settings.maxBytes > 0, topic.row.total - topic.row.trimmed > settings.maxBytes {
            first = max(first, try store.offset(topic: topic.id, total: topic.row.total - settings.maxBytes) ?? first)
        }
        return min(first, topic.visible)
    }
}
