// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import MartletModel

/// What people write as a time.
enum TimeArgument {
    /// On which side of now a time of day is looked for.
    enum Side {
        /// Today, or tomorrow when it is over today.
        case coming
        /// Today, or yesterday when it is still to come today.
        case past
    }

    /// What is expected, for messages and help.
    static let expectation = "a time such as 14:30, '2026-11-27 14:30', 2026-11-27T14:30:00Z or Unix milliseconds"

    /// Reads a time, in Unix milliseconds; nil when the text is none.
    static func parse(_ text: String, _ side: Side, now: Int = ReadableTime.wall) -> UInt64? {
        if let number = ByteSize.plainNumber(text) { return UInt64(number) }
        let isUTC = text.hasSuffix("Z")
        let parts = text.dropLast(isUTC ? 1 : 0).split(omittingEmptySubsequences: false) { $0 == " " || $0 == "T" }
        switch parts.count {
        case 1 where parts[0].contains(":") && !isUTC:
            guard let clock = clock(parts[0]) else { return nil }
            var seconds = now / 1_000
            var day = tm()
            localtime_r(&seconds, &day)
            guard let today = time(day, clock, isUTC: false) else { return nil }
            day.tm_mday += side == .coming ? (today < now ? 1 : 0) : (today > now ? -1 : 0)
            return time(day, clock, isUTC: false).map { UInt64($0) }
        case 1: return date(parts[0]).flatMap { time($0, (0, 0, 0), isUTC: isUTC) }.map { UInt64($0) }
        case 2:
            guard let day = date(parts[0]), let clock = clock(parts[1]) else { return nil }
            return time(day, clock, isUTC: isUTC).map { UInt64($0) }
        default: return nil
        }
    }

    /// Reads the value of an option.
    static func option(_ name: String, _ text: String, _ side: Side) throws -> UInt64 {
        guard let time = parse(text, side) else { throw ValidationError("\(name) '\(text)': expected \(expectation)") }
        return time
    }

    private static func clock(_ text: Substring) -> (Int32, Int32, Int32)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 1...2) }
        guard (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1],
            let second = parts.count == 3 ? parts[2] : 0, hour < 24, minute < 60, second < 60
        else { return nil }
        return (hour, minute, second)
    }

    private static func date(_ text: Substring) -> tm? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[0], digits: 4...4), let month = number(parts[1], digits: 2...2),
            let day = number(parts[2], digits: 2...2), year >= 1_970, (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var date = tm()
        (date.tm_year, date.tm_mon, date.tm_mday) = (year - 1_900, month - 1, day)
        // A day that its month does not have becomes one of the next.
        var same = date
        timegm(&same)
        return same.tm_mday == day ? date : nil
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int32? {
        guard digits.contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int32(text)
    }

    private static func time(_ day: tm, _ clock: (hour: Int32, minute: Int32, second: Int32), isUTC: Bool) -> Int? {
        var time = day
        (time.tm_hour, time.tm_min, time.tm_sec) = clock
        // Whether it is summer follows from the day.
        time.tm_isdst = -1
        let seconds = isUTC ? timegm(&time) : mktime(&time)
        return seconds < 0 ? nil : seconds * 1_000
    }
}
