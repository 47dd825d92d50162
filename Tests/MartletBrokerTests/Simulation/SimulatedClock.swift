// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// True time, and the clock of the machine that the broker runs on, which may be wrong.
struct SimulatedClock {
    /// When a simulation begins, as everyone's clock should say.
    static let start: UInt64 = 1_790_000_000_000

    /// True milliseconds since the beginning.
    private(set) var time: UInt64 = 0
    /// By how much the machine's clock is wrong.
    private(set) var error: Int64 = 0
    /// The largest and the smallest error that it ever had.
    private(set) var errors: ClosedRange<Int64>

    /// The clock of a machine that is wrong from the first.
    init(error: Int64 = 0) {
        self.error = error
        errors = error...error
    }

    /// The error of a clock that has forgotten the time, and began anew in 1970.
    static var forgotten: Int64 { -Int64(start) }

    /// What may lie at most between two times that the machine has said, in milliseconds.
    var spread: UInt64 { UInt64(errors.upperBound - errors.lowerBound) + time }

    /// What the machine says.
    var now: Moment {
        Moment(wall: UInt64(Int64(Self.start + time) + error), steady: 1_000 + time)
    }

    mutating func advance(to time: UInt64) {
        precondition(time >= self.time, "time does not go back")
        self.time = time
    }

    /// The clock is set.
    mutating func set(error: Int64) {
        self.error = error
        errors = min(errors.lowerBound, error)...max(errors.upperBound, error)
    }
}
