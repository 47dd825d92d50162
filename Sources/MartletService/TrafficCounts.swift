// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
package import MartletModel
import Synchronization

/// What went over the connections, counted by their event loops and read by those who watch over the broker.
package final class TrafficCounts: Sendable {
    private let read = Atomic<UInt64>(0)
    private let written = Atomic<UInt64>(0)
    private let refused = Lock<[ErrorCode: UInt64]>([:])

    /// Counts nothing yet.
    package init() {}

    /// Bytes that came in since the start, as the line protocol has them.
    package var bytesIn: UInt64 { read.load(ordering: .relaxed) }

    /// Bytes that were said since the start, as the line protocol has them.
    package var bytesOut: UInt64 { written.load(ordering: .relaxed) }

    /// Connections that were refused before the broker knew them, by why.
    package var refusals: [ErrorCode: UInt64] { refused.withLock { $0 } }

    /// Counts what a read brought.
    package func received(_ bytes: Int) {
        read.add(UInt64(bytes), ordering: .relaxed)
    }

    /// Counts what is written.
    package func wrote(_ bytes: Int) {
        written.add(UInt64(bytes), ordering: .relaxed)
    }

    /// Counts a connection that is refused.
    package func refuse(_ code: ErrorCode) {
        refused.withLock { $0[code, default: 0] += 1 }
    }
}
