// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import martlet

/// Times as people read and write them.
struct ReadableTimeTests {
    /// 2026-11-26 14:02:11.500 UTC.
    private static let now = 1_795_701_731_500
    private let times = ReadableTime(now: now, isUTC: true)

    @Test func `a time of today has no date`() {
        #expect(times.text(Self.now) == "14:02:11")
        #expect(times.text(Self.now - 14 * 3_600_000) == "00:02:11")
        #expect(times.text(Self.now - 15 * 3_600_000) == "2026-11-25 23:02:11")
        #expect(times.text(Self.now + 10 * 3_600_000) == "2026-11-27 00:02:11")
        #expect(times.text(0) == "1970-01-01 00:00:00")
    }

    @Test func `ages are whole seconds, and what is to come is rounded up`() {
        #expect(times.age(Self.now - 999) == "0 s")
        #expect(times.age(Self.now - 1_999) == "1 s")
        #expect(times.age(Self.now - 90_061_000) == "1 d 1 h")
        #expect(times.age(Self.now + 1) == "0 s")
        #expect(times.distance(Self.now + 1) == "1 s")
        #expect(times.distance(Self.now + 61_000) == "1 min 1 s")
        #expect(times.distance(Self.now - 1) == "0 s")
    }

    @Test(arguments: [
        ("1795701731500", 1_795_701_731_500), ("2026-11-26T14:02:11Z", 1_795_701_731_000),
        ("2026-11-26 14:02Z", 1_795_701_720_000), ("2026-11-26Z", 1_795_651_200_000), ("0", 0),
        ("2028-02-29Z", 1_835_395_200_000),
    ])
    func `a time can be written with its date`(text: String, time: UInt64) {
        #expect(TimeArgument.parse(text, .coming, now: Self.now) == time)
        #expect(TimeArgument.parse(text, .past, now: Self.now) == time)
    }

    @Test(arguments: ["00:00", "09:30:15", "23:59:59"])
    func `a time of day is the next one, or the last one`(text: String) throws {
        let local = ReadableTime(now: Self.now)
        let coming = Int(try #require(TimeArgument.parse(text, .coming, now: Self.now)))
        let past = Int(try #require(TimeArgument.parse(text, .past, now: Self.now)))
        for time in [coming, past] {
            #expect(local.text(time).hasSuffix(text.count == 5 ? "\(text):00" : text))
        }
        // A day may have an hour more or less.
        #expect((0...25 * 3_600_000).contains(coming - Self.now))
        #expect((0...25 * 3_600_000).contains(Self.now - past))
    }

    @Test(
        arguments: [
            "", "noon", "24:00", "12:60", "12", "1:2:3:4", "2026-11-26T", "2026-13-01", "2026-02-30", "2026-1-1", "-5",
            "2026-11-26 14:02 Z", "14:30Z", "2026-11-26T14:02:11+01:00", "+14:30", "12:-1",
        ].filter { $0 != "12" })
    func `what is no time is refused`(text: String) {
        #expect(TimeArgument.parse(text, .coming, now: Self.now) == nil)
    }
}
