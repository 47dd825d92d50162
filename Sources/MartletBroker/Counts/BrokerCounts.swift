// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What happened since the start of the process, counted for those who watch over the broker.
package struct BrokerCounts: Sendable {
    /// Connections that said hello.
    package var connections: UInt64 = 0
    /// Publishes that were accepted before.
    package var duplicates: UInt64 = 0
    /// Publishes that were refused, by why.
    package var refused: [ErrorCode: UInt64] = [:]
    /// Other commands that were refused, by why.
    package var refusals: [ErrorCode: UInt64] = [:]
    /// Records that were not changed, since they had another version than was expected.
    package var conflicts: UInt64 = 0
    /// Deliveries that told what came of the message when it was handled before.
    package var receiptHits: UInt64 = 0
    /// Messages that no subscription sees.
    package var unseen: UInt64 = 0
    /// Leases that were extended.
    package var extensions: UInt64 = 0
    /// Tags that were to be settled and had no lease any more.
    package var leasesLost: UInt64 = 0
    /// Transactions that were done, and those that were not.
    package var transactions = (committed: UInt64(0), aborted: UInt64(0))
    /// Messages of the broker about itself, by the end of their topic's name.
    package var events: [String: UInt64] = [:]
    /// Milliseconds from when messages became visible to their first delivery.
    package var queueWait = Histogram(Histogram.times)
    /// Milliseconds from deliveries to their ends.
    package var handling = Histogram(Histogram.times)
    /// Milliseconds from when scheduled messages were due to when they became visible.
    package var lateness = Histogram(Histogram.times)
    /// Hundredths of their leases that deliveries took.
    package var leaseUse = Histogram(Histogram.hundredths)

    /// Counts nothing yet.
    package init() {}
}
