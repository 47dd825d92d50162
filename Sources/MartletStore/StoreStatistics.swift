// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How much room there is.
package struct StoreStatistics: Sendable {
    /// Bytes of the file in use.
    package var usedBytes: UInt64
    /// Bytes that the file can grow to.
    package var mapBytes: UInt64
    /// Bytes free on the disk.
    package var diskFreeBytes: UInt64

    /// Makes statistics.
    package init(usedBytes: UInt64, mapBytes: UInt64, diskFreeBytes: UInt64) {
        self.usedBytes = usedBytes
        self.mapBytes = mapBytes
        self.diskFreeBytes = diskFreeBytes
    }
}
