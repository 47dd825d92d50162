// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that came back and is to be delivered before newer ones.
struct Returned: Comparable {
    var offset: UInt64
    var deliveries: UInt32
    var failures: UInt32
    /// When the message was first handed out, in Unix milliseconds.
    var firstDelivered: UInt64
    /// Whether the store has a row about it.
    var hasRow: Bool

    static func < (left: Returned, right: Returned) -> Bool { left.offset < right.offset }
}
