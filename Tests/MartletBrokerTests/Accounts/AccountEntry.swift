// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What is so with one message for one subscription.
struct AccountEntry {
    /// How it stands.
    enum State: Equatable {
        /// To be delivered, and due.
        case unsettled
        /// A consumer has it: its number in the books, and the tag.
        case leased(consumer: Int, tag: UInt64)
        /// It comes back at a time between two; they are equal once that is known.
        case deferred(from: UInt64, until: UInt64)
        case parked(since: UInt64, by: String?)
        case handled(byPerson: Bool)
        case filtered
        case beforeStart
        case expired
        case dead(reason: String, at: UInt64)
        case lost(isPurged: Bool)

        /// Whether it is done with.
        var isSettled: Bool {
            switch self {
            case .unsettled, .leased, .deferred, .parked: false
            case .handled, .filtered, .beforeStart, .expired, .dead, .lost: true
            }
        }
    }

    let offset: UInt64
    let key: String
    let expires: UInt64?
    var state = State.unsettled
    /// Deliveries so far, and the least number of them that the broker has to remember.
    var deliveries = 0
    var leastDeliveries = 0
    var failures = 0
    /// Returns in a row that did not count.
    var returns = 0
    /// What the store knows of these numbers: what is counted since is forgotten by a restart.
    var stored = (deliveries: 0, least: 0, returns: 0)
    /// Whether it was delivered or resolved before.
    var hasComeBack = false
    /// Whether its time to live counts no more.
    var isTimeless = false
    /// Code and note of the last failure, if they are known.
    var code: String?
    var note: String?
    /// What a person said of it that was not delivered yet.
    var answer: String?
    /// Whether it is dead and its dead letter can be given back.
    var canBeRedriven = false
    /// Since when its time is over without that being recorded.
    var overdueSince: UInt64?
    /// Whether it ended when its time was over, so that either may be what ended it.
    var mayHaveExpired = false
    /// What its handler last said.
    var progress: (percent: Int, note: String)?

    init(offset: UInt64, key: String, expires: UInt64?) {
        self.offset = offset
        self.key = key
        self.expires = expires
    }

    /// The store knows the numbers now.
    mutating func store() {
        stored = (deliveries, leastDeliveries, returns)
    }

    /// Whether its time is over and that is not recorded yet.
    func isOverdue(at now: UInt64) -> Bool {
        guard let expires, !isTimeless, expires <= now else { return false }
        switch state {
        case .unsettled, .deferred: return true
        default: return false
        }
    }

    /// Whether it holds its key.
    var holds: Bool {
        switch state {
        case .leased, .deferred, .parked: true
        default: false
        }
    }

    var isLeased: Bool {
        if case .leased = state { true } else { false }
    }

    /// Forgets all that happened to it.
    mutating func forgetAll() {
        self = AccountEntry(offset: offset, key: key, expires: expires)
    }
}
