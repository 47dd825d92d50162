// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a subscription's position was before a seek: it goes on to tell what was settled below the new one.
package struct EarlierPosition: Equatable, Sendable {
    /// The id under which its acks and endings lie.
    package var position: UInt64
    /// The offset behind those of which it speaks; they begin where the one before it ends.
    package var end: UInt64
    /// The offset up to which all was settled there.
    package var floor: UInt64
    /// When the seek took place that ended it, in Unix milliseconds.
    package var time: UInt64

    /// How many are remembered; of what is older only that it is over is known.
    package static let limit = 50

    /// Makes the memory of a position.
    package init(position: UInt64, end: UInt64, floor: UInt64, time: UInt64) {
        self.position = position
        self.end = end
        self.floor = floor
        self.time = time
    }
}
