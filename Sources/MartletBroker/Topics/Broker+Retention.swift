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
        guard !topic.isGone else { return }
        let settings = topic.row.settings
        switch settings.retention {
        case .limits:
            let limit = try limit(of: topic)
            try drop(topic, below: min(limit, unsettledFirst(of: topic) ?? limit), as: .lost)
        case .interest, .work:
            try drop(topic, below: min(unsettledFirst(of: topic) ?? .max, topic.visible), as: .lost)
        }
        armRetention(topic)
        // What is unsettled stays until it is settled, and a settle does not come by here.
        checkLimits(topic)
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
