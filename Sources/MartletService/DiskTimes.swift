// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker
import MartletLock

/// How long the disk took, counted by the broker's thread and read by those who watch over it.
package final class DiskTimes: Sendable {
    /// What was counted since the start of the process.
    package struct Counts: Sendable {
        /// Microseconds of commits, which flush what they write.
        package var commits = Histogram(Histogram.flushes)
        /// Microseconds of the flushes that make a last commit durable.
        package var flushes = Histogram(Histogram.flushes)
        /// Operations of commits.
        package var operations: UInt64 = 0
    }

    private let state = Lock(Counts())

    /// What was counted so far.
    package var counts: Counts { state.withLock { $0 } }

    /// Counts a commit of so many operations, or a flush when there are none.
    func add(microseconds: UInt64, operations: Int) {
        state.withLock { counts in
            if operations > 0 {
                counts.commits.add(microseconds)
                counts.operations += UInt64(operations)
            } else {
                counts.flushes.add(microseconds)
            }
        }
    }
}
