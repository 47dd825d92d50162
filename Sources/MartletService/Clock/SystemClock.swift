// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The machine's clocks.
enum SystemClock {
    /// What time it is.
    @Sendable static func now() -> Moment {
        Moment(wall: read(CLOCK_REALTIME, unit: 1_000), steady: read(CLOCK_MONOTONIC, unit: 1_000))
    }

    /// The steady clock in milliseconds.
    static func milliseconds() -> UInt64 { read(CLOCK_MONOTONIC, unit: 1_000) }

    /// The steady clock in microseconds.
    static func microseconds() -> UInt64 { read(CLOCK_MONOTONIC, unit: 1_000_000) }

    private static func read(_ clock: clockid_t, unit: UInt64) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * unit + UInt64(time.tv_nsec) / (1_000_000_000 / unit)
    }
}
