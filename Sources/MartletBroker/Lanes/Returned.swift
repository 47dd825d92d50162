// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A message that came back and is to be delivered before newer ones.
struct Returned: Comparable {
    var offset: UInt64
    var deliveries: UInt32
    var failures: UInt32
    /// Deliveries in a row that ended uncounted.
    var returns: UInt32 = 0
    /// When the message was first handed out, in Unix milliseconds.
    var firstDelivered: UInt64
    /// Whether the store has a row about it.
    var hasRow: Bool
    /// Whether its time to live no longer counts.
    var isTimeless = false
    /// Whether a person said something when it was given back.
    var hasAnswer = false
    /// Why it came back.
    var reason = ReturnReason.release

    static func < (left: Returned, right: Returned) -> Bool { left.offset < right.offset }
}

extension Returned {
    /// A message that has not been handed out.
    init(fresh offset: UInt64) {
        self.init(offset: offset, deliveries: 0, failures: 0, firstDelivered: 0, hasRow: false)
    }

    /// What the store knows about a message.
    init(_ row: Deferred) {
        self.init(fresh: row.offset)
        deliveries = UInt32(clamping: row.deliveries)
        failures = UInt32(clamping: row.failures)
        returns = UInt32(clamping: row.returns)
        firstDelivered = row.firstDelivered
        hasRow = true
        isTimeless = row.isTimeless
        hasAnswer = !row.answer.isEmpty
        reason = ReturnReason(row)
    }

    /// What a lease leaves behind.
    init(_ lease: Lease, _ reason: ReturnReason) {
        self.init(fresh: lease.offset)
        deliveries = lease.deliveries
        failures = lease.failures
        returns = lease.returns
        firstDelivered = lease.firstDelivered
        hasRow = lease.hasRow
        isTimeless = lease.isTimeless
        hasAnswer = lease.hasAnswer
        self.reason = reason
    }
}
