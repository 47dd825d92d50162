// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What time it is, handed to the core with every step.
package struct Moment: Equatable, Sendable {
    /// Unix milliseconds, for times that people and disks see.
    package var wall: UInt64
    /// Milliseconds of a clock that never jumps, for leases.
    package var steady: UInt64

    /// Makes a moment.
    package init(wall: UInt64, steady: UInt64) {
        self.wall = wall
        self.steady = steady
    }
}
