// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Bytes of messages that the broker has handed to its peers and that they have not taken up.
///
/// Each counts among what is written for a connection only once it is encoded. A broker that ran far ahead of busy
/// event loops would fill the memory before anything could be done about it, so it waits for them.
package final class Handover: Sendable {
    /// Bytes that may be on their way before the broker waits.
    private let limit: Int
    private let bytes = Atomic(0)
    private let bell = WakeBell()

    /// Makes a handover of nothing.
    package init(limit: Int = 32 << 20) {
        self.limit = limit
    }

    /// Counts bytes that are handed over.
    func add(_ count: Int) {
        bytes.add(count, ordering: .relaxed)
    }

    /// Counts bytes that a peer has taken up, whatever it does with them.
    func take(_ count: Int) {
        guard count > 0 else { return }
        let (before, now) = bytes.subtract(count, ordering: .relaxed)
        if before > limit, now <= limit { bell.ring() }
    }

    /// Whether the broker has to wait.
    var isFull: Bool { bytes.load(ordering: .relaxed) > limit }

    /// Waits while more is on its way than may be, at most that many milliseconds: peers that take up nothing for so
    /// long must not hold up what others wait for.
    func waitForRoom(milliseconds: UInt64 = 10_000) {
        let end = SystemClock.milliseconds() + milliseconds
        while isFull {
            let now = SystemClock.milliseconds()
            guard now < end else { return }
            bell.wait(milliseconds: end - now)
        }
    }
}
