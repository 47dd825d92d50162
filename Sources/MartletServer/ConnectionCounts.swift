// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// How many connections are open on all event loops.
final class ConnectionCounts: Sendable {
    private let count = Lock(0)

    /// Counts one more; false when there are as many as there may be.
    func open(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    /// Whether there may be one more.
    func hasRoom(limit: Int) -> Bool { count.withLock { $0 < limit } }

    /// Counts one less.
    func close() {
        count.withLock { $0 -= 1 }
    }
}
