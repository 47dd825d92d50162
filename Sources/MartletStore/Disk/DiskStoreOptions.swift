// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// How a data file is opened.
package struct DiskStoreOptions: Sendable {
    /// The largest size that the file can reach.
    package var mapSize = Defaults.mapSize
    /// Percent of the map or disk that must stay free.
    package var reservePercent = Defaults.reservePercent
    /// The least that must stay free.
    package var reserveMinimum = Defaults.reserveMinimum
    /// The most that `reservePercent` can ask for: what acks and dead letters need does not grow with the disk.
    package var reserveMaximum = 1 << 30
    /// Room beyond `mapSize` for a commit that needs more than was thought, and for a file that is larger than it.
    package var emergencyRoom = 64 << 20
    /// Bytes of the disk that are kept behind what is used; no more than has to stay free.
    package var keptDisk: Int { min(emergencyRoom, reserveMinimum) }
    /// Room that is enough for anything that comes at once; with less, pages on the free list are counted too.
    package var ampleRoom = 32 << 20

    /// What a new file and its journal share, so that they are told from those of other stores: a random number.
    package var identity: UInt64 = 1
    /// Whether batches may go to the log; else all go to the tree, as when a store is filled.
    package var usesLog = true

    package init() {}
}
