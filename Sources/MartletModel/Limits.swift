// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Every limit of the wire, in one place; each has a test at the limit and one past it.
package enum Limits {
    /// Bytes of a line, without its line end.
    package static let line = 4_096
    /// Bytes of a line before `HELLO` succeeded.
    package static let lineBeforeHello = 1_024
    /// Bytes of a topic or subscription name.
    package static let name = 200
    /// Bytes of a name that belongs to the broker: `$dead.<topic>.<subscription>` with both at their limit.
    package static let brokerName = 6 + 200 + 1 + 200
    /// Bytes of an id, a key, a process or a cause.
    package static let identifier = 200
    /// Bytes of the value that a filter asks of a header.
    package static let filterValue = 200
    /// Bytes of the headers of one message.
    package static let headers = 16 * 1_024
    /// Bytes of one header's name.
    package static let headerName = 64
    /// The largest body that a configuration can allow.
    package static let bodyCeiling = 16 << 20
    /// The largest number on a line.
    package static let number = UInt64(Int64.max)
    /// Unsettled deliveries that a consumer may ask for.
    package static let window = 10_000
    /// The shortest lease, in milliseconds.
    package static let leaseFloor = 1_000
    /// The longest lease, in milliseconds.
    package static let leaseCeiling = 12 * 3_600_000
    /// The longest delay of a returned message, in milliseconds.
    package static let delay = 30 * 86_400_000
    /// The most failures that a subscription may allow a message.
    package static let failures: UInt64 = 1_000
    /// The most deliveries in a row that may end uncounted.
    package static let deliveries: UInt64 = 1_000_000
    /// Bytes of a subscription's name.
    package static let subscriptionName = 100
    /// Entries of a backoff schedule.
    package static let backoff = 32
    /// Bytes of an error code that a consumer gives.
    package static let code = 64
    /// Bytes of a note that a consumer gives.
    package static let note = 1_024
    /// Messages that one `PEEK` shows.
    package static let peek = 1_000
    /// The longest grace of a consumer whose connection is gone, in milliseconds.
    package static let grace = 5 * 60_000
    /// The longest time that ids are remembered, in milliseconds.
    package static let dedupWindow = 30 * 86_400_000
    /// Bytes of a record's value.
    package static let record = 64 * 1_024
    /// The longest time that a record or a receipt can be given, in milliseconds.
    package static let lifetime = 3_650 * 86_400_000
    /// Records that one `LIST` tells.
    package static let list = 1_000
    /// Records that one `LIST` tells that says nothing else.
    package static let defaultList = 100
    /// Bytes of a receipt's key: an id with a mark.
    package static let receiptKey = identifier + 1
    /// Bytes of a receipt's outcome.
    package static let outcome = 200
    /// How long a receipt stays that says nothing else, in milliseconds.
    package static let defaultReceipt = 7 * 86_400_000
    /// Commands between `BEGIN` and `COMMIT`.
    package static let transactionCommands = 1_000
    /// Bytes of a whole transaction.
    package static let transactionBytes = 8 << 20
    /// Subscriptions of one topic.
    package static let subscriptions = 1_000
    /// Bytes of a client's or session's name in `HELLO`.
    package static let client = 200
    /// The longest heartbeat, in seconds.
    package static let heartbeat: UInt64 = 3_600
    /// The longest delay of a publish, and the farthest that `at=` may lie ahead, in milliseconds.
    package static let schedule = 365 * 86_400_000
    /// Scheduled messages, or parked ones, that one list shows.
    package static let listed = 1_000
    /// Messages of a process that one `TREE` shows that says nothing else, and at most.
    package static let defaultTree = 1_000
    package static let tree = 2_000
    /// Durations that have no range of their own are at most this, in milliseconds.
    package static let duration = 365 * 86_400_000
    /// Counts that have no range of their own are at most this.
    package static let count: UInt64 = 1_000_000
}
