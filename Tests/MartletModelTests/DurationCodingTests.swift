// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

/// Durations are read and written alike.
struct DurationCodingTests {
    @Test(arguments: [
        (0, "0ms"), (1, "1ms"), (1_500, "1500ms"), (1_000, "1s"), (30_000, "30s"), (90_000, "90s"), (300_000, "5m"),
        (3_600_000, "1h"), (86_400_000, "1d"), (129_600_000, "36h"),
    ])
    func `a duration is written in the largest unit that divides it and read back`(milliseconds: Int, text: String) {
        #expect(DurationCoding.encode(milliseconds) == text)
        #expect(DurationCoding.decode(text.utf8) == milliseconds)
    }

    @Test(arguments: [
        "", "s", "1", "-1s", "+1s", "01s", "1.5s", "1 s", "1S", "1w", "9223372036854775807d", "99999999999999999999ms",
    ])
    func `what is no duration is none`(text: String) {
        #expect(DurationCoding.decode(text.utf8) == nil)
    }
}
