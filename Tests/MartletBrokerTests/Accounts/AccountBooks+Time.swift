// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// Time passes.
extension AccountBooks {
    /// When something is to happen next without anybody's doing.
    var nextEvent: UInt64? {
        var times = Array(expectations.values)
        for consumer in consumers { times += consumer.held.values.map(\.deadline) }
        for topic in topics { times += topic.scheduled.map(\.due) }
        for (_, account) in accounts {
            if let end = account.pausedUntil { times.append(end) }
            if !account.redriving.isEmpty { times.append(account.redrivenUntil) }
            for entry in account.unsettled {
                if case .deferred(_, let until) = entry.state { times.append(until) }
                if let expires = entry.expires, !entry.isTimeless { times.append(expires) }
                if let since = entry.overdueSince { times.append(since + Self.slack) }
            }
        }
        return times.filter { $0 > now && $0 < .max }.min()
    }

    /// Within what time it is recorded that a message's time is over.
    static let slack: UInt64 = 1_000

    /// Lets time pass: leases run out, pauses end, what waited is due.
    func pass(to time: UInt64) {
        now = time
        for (_, account) in accounts { account.pass(to: now) }
        for consumer in consumers {
            let late = consumer.held.filter { $0.value.deadline <= now }
            for (tag, held) in late.sorted(by: { $0.key < $1.key }) {
                let isOwned = consumer.owns(tag)
                consumer.held[tag] = nil
                if isOwned { consumer.account.fail(held.offset, by: consumer.name, at: now) }
            }
        }
    }

    /// Notes expectations whose time is over.
    func miss() {
        let over = expectations.filter { $0.value <= now }
        missed += over.count
        for key in over.keys { expectations[key] = nil }
    }

    /// What has become due and is to be visible now.
    func fallDue(in topic: AccountTopic) -> [AccountTopic.Message] {
        let due = topic.scheduled.filter { $0.due <= now }.sorted { ($0.due, $0.number) < ($1.due, $1.number) }
        topic.scheduled.removeAll { $0.due <= now }
        return due
    }

    /// The broker starts again: consumers are gone, and what they held comes again.
    func restart() {
        consumers = []
        for (_, account) in accounts { account.restart() }
    }

    /// A message of a process has become visible.
    func arrive(_ message: AccountTopic.Message, in topic: AccountTopic) {
        let expectation = "\(message.process) \(topic.name)"
        if expectations[expectation].map({ $0 >= min(message.due, now) }) == true { expectations[expectation] = nil }
        topic.append(message, at: now)
    }
}
