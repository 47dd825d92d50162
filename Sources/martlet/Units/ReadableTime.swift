// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// Times as people read them: of this machine's time zone, with the date when it is not today's.
struct ReadableTime {
    /// When it is read, in Unix milliseconds.
    let now: Int
    private let isUTC: Bool

    /// Times as they are read now.
    ///
    /// - Parameter isUTC: whether to show them of UTC instead.
    init(now: Int = ReadableTime.wall, isUTC: Bool = false) {
        self.now = now
        self.isUTC = isUTC
    }

    /// The machine's clock, in Unix milliseconds.
    static var wall: Int { Int(Date().timeIntervalSince1970 * 1_000) }

    /// A time in Unix milliseconds, such as `14:02:11` or `2026-11-25 14:02:11`.
    func text(_ milliseconds: Int) -> String {
        let time = fields(milliseconds)
        let today = fields(now)
        let clock = "\(Self.padded(time.tm_hour)):\(Self.padded(time.tm_min)):\(Self.padded(time.tm_sec))"
        if time.tm_year == today.tm_year, time.tm_yday == today.tm_yday { return clock }
        return "\(time.tm_year + 1_900)-\(Self.padded(time.tm_mon + 1))-\(Self.padded(time.tm_mday)) \(clock)"
    }

    /// A time in Unix milliseconds as programs read it, of UTC: `2026-11-25T14:02:11.042Z`.
    static func standard(_ milliseconds: Int) -> String {
        let time = ReadableTime(now: 0, isUTC: true).fields(milliseconds)
        let fraction = String(repeating: "0", count: 3 - "\(milliseconds % 1_000)".count) + "\(milliseconds % 1_000)"
        return "\(time.tm_year + 1_900)-\(padded(time.tm_mon + 1))-\(padded(time.tm_mday))"
            + "T\(padded(time.tm_hour)):\(padded(time.tm_min)):\(padded(time.tm_sec)).\(fraction)Z"
    }

    /// How long ago a time is, such as `3 min 12 s`; what is not a second old, or still to come, is `0 s`.
    func age(_ milliseconds: Int) -> String {
        ReadableValue.duration(milliseconds: max(0, now - milliseconds) / 1_000 * 1_000)
    }

    /// In how long a time is, such as `3 min 12 s`, rounded up; what is over is `0 s`.
    func distance(_ milliseconds: Int) -> String {
        ReadableValue.duration(milliseconds: (max(0, milliseconds - now) + 999) / 1_000 * 1_000)
    }

    private func fields(_ milliseconds: Int) -> tm {
        var seconds = milliseconds / 1_000
        var fields = tm()
        if isUTC { gmtime_r(&seconds, &fields) } else { localtime_r(&seconds, &fields) }
        return fields
    }

    private static func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
