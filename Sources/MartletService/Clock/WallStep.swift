// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// Wall-clock time that goes in step with the steady clock.
///
/// Both are read in whole milliseconds that begin at different instants. A deadline is kept by the steady clock and
/// shown by the wall's, so the same deadline would waver by a millisecond between two answers. Therefore the distance
/// of the two stays as it is until it is off by more than that: when the wall clock is set, or has drifted.
struct WallStep {
    private var distance: Int64

    /// Begins with the distance of two clocks.
    init(at read: Moment) { distance = Self.distance(of: read) }

    /// The wall-clock time of a moment, at most one millisecond off what was read.
    mutating func time(of read: Moment) -> UInt64 {
        let found = Self.distance(of: read)
        if abs(found - distance) > 1 { distance = found }
        return UInt64(bitPattern: Int64(bitPattern: read.steady) &+ distance)
    }

    private static func distance(of read: Moment) -> Int64 {
        Int64(bitPattern: read.wall) &- Int64(bitPattern: read.steady)
    }
}
