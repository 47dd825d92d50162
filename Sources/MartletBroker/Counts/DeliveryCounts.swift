// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What happened to the messages of a subscription since the start of the process.
package struct DeliveryCounts: Sendable {
    /// Deliveries.
    package var delivered: UInt64 = 0
    /// Deliveries that ended by an ack.
    package var acked: UInt64 = 0
    /// Deliveries that failed.
    package var nacked: UInt64 = 0
    /// Deliveries that were given back.
    package var released: UInt64 = 0
    /// Deliveries of messages that will never work.
    package var rejected: UInt64 = 0
    /// Deliveries of messages that wait for a person now.
    package var parked: UInt64 = 0
    /// Deliveries whose leases ran out.
    package var timedOut: UInt64 = 0
    /// Deliveries that ended with their connection.
    package var disconnected: UInt64 = 0
    /// Messages whose time was over.
    package var expired: UInt64 = 0
    /// Dead letters that were delivered again.
    package var redriven: UInt64 = 0
    /// Deliveries of messages that had been delivered before, by the place of why in `ReturnReason.allCases`.
    package var redeliveries: [UInt64] = []
    /// Messages that died, by the place of why in `Redrive.Filter.reasons`.
    package var dead: [UInt64] = []

    /// Counts nothing yet.
    package init() {}

    /// Deliveries of messages that had been delivered before.
    package var redelivered: UInt64 { redeliveries.reduce(0, +) }

    /// Counts a delivery of a message that had been delivered before.
    mutating func redelivered(_ reason: ReturnReason) {
        if redeliveries.isEmpty { redeliveries = Array(repeating: 0, count: ReturnReason.allCases.count) }
        redeliveries[Int(reason.rawValue)] += 1
    }

    /// Counts a message that died.
    mutating func died(_ reason: String) {
        let reasons = Redrive.Filter.reasons
        guard let place = reasons.firstIndex(of: reason) else { return }
        if dead.isEmpty { dead = Array(repeating: 0, count: reasons.count) }
        dead[place] += 1
    }

    /// Deliveries that ended because their clients said so.
    package var settled: UInt64 { acked + nacked + released + rejected + parked }
}
