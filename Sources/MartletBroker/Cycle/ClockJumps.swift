// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How the clock of the wall has jumped forward against the one that never jumps.
///
/// What was stamped before a jump seems older than it is by as much, and nothing may be dropped for that. So for as
/// long as messages of before can be within a limit of age, the jump is taken off their age: nothing goes early, and
/// all goes in the end. The time that the broker was down counts like a jump, since a clock that was wrong at a start
/// cannot be told from it.
struct ClockJumps {
    private struct Jump {
        /// When it was seen, in steady milliseconds.
        var seen: UInt64
        var milliseconds: UInt64
        /// Whether it is the time for which the broker was down.
        var isDowntime = false
    }

    /// Jumps that are remembered one by one; older ones are put together.
    private static let limit = 64
    /// What is no jump: clocks are always adjusted a little.
    private static let tolerance: UInt64 = 1_000

    private var jumps: [Jump] = []
    private var last: Moment

    /// Begins at the start of the process; `lastTime` is the last Unix time that the store knows, or 0.
    init(start: Moment, lastTime: UInt64) {
        last = start
        if lastTime > 0, start.wall > lastTime + Self.tolerance {
            note(start.wall - lastTime, at: start)
            jumps[0].isDowntime = true
        }
    }

    /// Looks at the clocks; to be called often, since what is between two looks counts as one jump.
    mutating func look(at now: Moment) {
        let expected = last.wall + (now.steady - last.steady)
        if now.wall > expected + Self.tolerance { note(now.wall - expected, at: now) }
        // Small differences are not gathered: a clock that is slowly put right has not jumped.
        last = now
    }

    /// How much older than it is something may seem that is kept for so many milliseconds.
    ///
    /// - Parameter countsDowntime: whether the time for which the broker was down makes it older.
    func slack(within age: UInt64, countsDowntime: Bool, at now: Moment) -> UInt64 {
        let meant = jumps.lazy.filter { $0.seen + age > now.steady && !($0.isDowntime && countsDowntime) }
        return meant.reduce(0) { $0 + $1.milliseconds }
    }

    private mutating func note(_ milliseconds: UInt64, at now: Moment) {
        jumps.append(Jump(seen: now.steady, milliseconds: milliseconds))
        guard jumps.count > Self.limit else { return }
        let oldest = jumps.removeFirst()
        jumps[0].milliseconds += oldest.milliseconds
        jumps[0].isDowntime = false
    }
}
