// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a person who runs the broker should know: it goes to the log, and to no client.
package enum Notice: Equatable, Sendable {
    /// A message became a dead letter.
    case deadLetter(topic: String, subscription: String, offset: UInt64, reason: String, failures: UInt64)
    /// Messages that a subscription had not settled were dropped.
    ///
    /// `count` of the offsets from `first` to `last` were not settled.
    case lost(topic: String, subscription: String, first: UInt64, last: UInt64, count: UInt64)
    /// Messages cannot be read and are skipped: their bytes are not what was written.
    case damagedMessages(topic: String, first: UInt64, last: UInt64)
    /// A row cannot be read: its bytes are not what was written.
    case damagedRow(String)
    /// A topic was deleted, with all its subscriptions.
    case topicDeleted(topic: String, client: String)
    /// A subscription was deleted, or expired.
    case subscriptionEnded(topic: String, subscription: String, reason: String, unsettled: UInt64)
    /// A subscription's position was set elsewhere.
    case sought(topic: String, subscription: String, offset: UInt64, client: String)
    /// A redrive is over.
    case redriven(topic: String, subscription: String, meant: UInt64, done: UInt64, stopped: Bool)
    /// Messages of a subscription wait, and it has had no consumer for long.
    case idle(topic: String, subscription: String, backlog: UInt64)
    /// There was more of the same in one step than is told one by one.
    case more(Int)
}

// The notices of the core's own things.
extension Notice {
    static func deadLetter(_ letter: DeadLetter) -> Notice {
        .deadLetter(
            topic: letter.topic, subscription: letter.subscription, offset: letter.offset, reason: letter.reason,
            failures: letter.failures)
    }

    static func lost(_ subscription: Subscription, _ offsets: Range<UInt64>, count: UInt64) -> Notice {
        .lost(
            topic: subscription.topic.name, subscription: subscription.name, first: offsets.lowerBound,
            last: offsets.upperBound - 1, count: count)
    }

    static func ended(_ subscription: Subscription, _ reason: String) -> Notice {
        .subscriptionEnded(
            topic: subscription.topic.name, subscription: subscription.name, reason: reason,
            unsettled: subscription.backlog)
    }
}

extension Broker {
    /// Notices that are kept at most until they are taken; the others are counted.
    private static let keptNotices = 1_000

    /// Keeps a notice until it is taken.
    func note(_ notice: Notice) {
        if notices.count < Self.keptNotices { return notices.append(notice) }
        if case .more(let count) = notices[notices.count - 1] {
            notices[notices.count - 1] = .more(count + 1)
        } else {
            notices[notices.count - 1] = .more(2)
        }
    }

    /// Whether something is to be told.
    package var hasNotices: Bool { !notices.isEmpty }

    /// What is to be told since the last call.
    package func takeNotices() -> [Notice] {
        defer { notices.removeAll() }
        return notices
    }
}
