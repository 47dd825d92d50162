// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that waits in memory for its time.
struct Waiting: Comparable {
    /// When it may be delivered, in the broker's due time.
    var time: UInt64
    /// The message.
    var message: Returned

    static func < (left: Waiting, right: Waiting) -> Bool {
        (left.time, left.message.offset) < (right.time, right.message.offset)
    }
}
