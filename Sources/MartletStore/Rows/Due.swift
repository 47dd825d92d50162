// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A returned message and when it may be delivered again.
package struct Due: Comparable, Sendable {
    /// Unix milliseconds.
    package var time: UInt64
    /// The message's offset.
    package var offset: UInt64

    /// Makes a due message.
    package init(time: UInt64, offset: UInt64) {
        self.time = time
        self.offset = offset
    }

    /// Earlier first, then the lower offset.
    package static func < (left: Due, right: Due) -> Bool {
        left.time == right.time ? left.offset < right.offset : left.time < right.time
    }
}
