// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// The times of a log, which never fall: searches by time rely on it.
extension Broker {
    /// How far the clock may be behind a log whose times then stand still, in milliseconds.
    private static let standstill: UInt64 = 3_600_000

    /// The time that a message of a topic gets now, in Unix milliseconds.
    ///
    /// When the clock is set back a little, times stand still until it has caught up. When it was far ahead for a while
    /// they go on from where they are, so that messages still grow old.
    func stamp(of topic: Topic) -> UInt64 {
        let last = topic.row.lastTime
        guard last > now.wall else { return now.wall }
        return last - now.wall <= Self.standstill ? last : last + (now.steady - topic.lastAppend)
    }

    /// The time before which something of a topic is too old that is kept for so many milliseconds, or nil.
    ///
    /// - Parameter countsDowntime: whether it grew older while the broker was down.
    func ageLimit(_ age: UInt64, of topic: Topic, countsDowntime: Bool) -> UInt64? {
        let slack = clockJumps.slack(within: age, countsDowntime: countsDowntime, at: now)
        let time = stamp(of: topic)
        return time > age + slack ? time - age - slack : nil
    }
}
