// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A topic with the accounts of its subscriptions, as simply as it can be said.
final class AccountTopic {
    /// A message that was published, now or for later.
    struct Message {
        var body: String
        var key: String
        var kind: String
        var process: String
        var ttl: Int?
        /// When it becomes visible.
        var due: UInt64
        /// Which of two that become due at once was published first.
        var number: Int

        /// When its time is over.
        var expires: UInt64? { ttl.map { due + UInt64($0) } }
        /// Its id, which is its body.
        var id: String { body }
    }

    let name: String
    let settings: TopicSettings
    /// The visible messages, from offset 1.
    private(set) var messages: [Message] = []
    /// When each became visible.
    private(set) var times: [UInt64] = []
    /// Those that wait for their time.
    var scheduled: [Message] = []
    /// Those that were cancelled.
    var cancelled: [String] = []
    /// What lies below has been dropped.
    var first: UInt64 = 1
    /// What was dropped in the step at hand.
    var justDropped: Range<UInt64> = 0..<0
    var accounts: [Account] = []

    init(_ name: String, _ settings: TopicSettings) {
        self.name = name
        self.settings = settings
    }

    var next: UInt64 { UInt64(messages.count) + 1 }

    func message(at offset: UInt64) -> Message { messages[Int(offset) - 1] }

    /// A message has become visible.
    func append(_ message: Message, at now: UInt64) {
        messages.append(message)
        times.append(now)
        for account in accounts { account.take(next - 1, message) }
    }

    /// Where a new reading position lies.
    func place(_ start: Start) -> UInt64 {
        switch start {
        case .earliest: first
        case .new: next
        case .offset(let offset): max(offset, first)
        case .time(let time): max(times.firstIndex { $0 >= time }.map { UInt64($0) + 1 } ?? next, first)
        }
    }

    /// Makes an account that begins at a place.
    func open(_ name: String, _ settings: SubscriptionSettings, _ start: Start, patience: Int) {
        let account = Account(name, topic: self.name, settings, start: place(start), patience: patience)
        for (index, message) in messages.enumerated() { account.take(UInt64(index) + 1, message) }
        accounts.append(account)
    }

    /// The messages below an offset are gone.
    func drop(below offset: UInt64, isPurge: Bool, at now: UInt64) {
        let before = first
        first = max(first, min(offset, next))
        for account in accounts { account.lose(before..<first, isPurge: isPurge, at: now) }
    }

    /// Whether the retention allows that all below an offset is dropped; what is over may be settled by now.
    func mayDrop(below offset: UInt64, at now: UInt64) -> Bool {
        switch settings.retention {
        case .limits: settings.maxMessages > 0 && next - offset >= settings.maxMessages
        case .interest, .work: accounts.allSatisfy { $0.isSettled(below: offset, at: now) }
        }
    }
}
