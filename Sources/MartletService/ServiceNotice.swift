// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker

/// What a person who runs the broker should know, from the core or from what drives it.
package enum ServiceNotice: Equatable, Sendable {
    /// How much room there is, in bytes.
    package struct Room: Equatable, Sendable {
        /// Bytes of the data file in use.
        package var used: UInt64
        /// Bytes that the data file can reach.
        package var limit: UInt64
        /// Bytes that are free on the disk.
        package var diskFree: UInt64

        /// Makes a record of it.
        package init(used: UInt64, limit: UInt64, diskFree: UInt64) {
            self.used = used
            self.limit = limit
            self.diskFree = diskFree
        }
    }

    /// Something that happened in the core.
    case broker(Notice)
    /// A start brought so many batches from the journal into the data file; whether the last write was cut short.
    case recovered(batches: Int, isCut: Bool)
    /// A commit or flush took more than a second; nothing was confirmed meanwhile.
    case slowCommit(milliseconds: UInt64, operations: Int)
    /// The broker could not run for that long, and no deadline counts it.
    case paused(milliseconds: UInt64)
    /// Publishes are refused from now on.
    case full(Room)
    /// Publishes are taken again.
    case notFull(Room)
}
