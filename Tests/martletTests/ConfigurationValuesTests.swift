// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import martlet

/// How durations and sizes are read and shown.
struct ConfigurationValuesTests {
    @Test(arguments: [
        ("0ms", 0), ("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000),
    ])
    func `a duration is a number and a unit`(text: String, milliseconds: Int) {
        #expect(Duration.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["", "s", "30", "-1s", "+1s", "01s", "1.5s", "1 s", "1S", "1w", "99999999999999999999s", "٣s"])
    func `what is no duration is not taken`(text: String) {
        #expect(Duration.milliseconds(text) == nil)
    }

    @Test(arguments: [("0", 0), ("17", 17), ("64KiB", 65_536), ("8MiB", 8 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40)])
    func `a size is a number with or without a unit`(text: String, bytes: Int) {
        #expect(ByteSize.bytes(text) == bytes)
    }

    @Test(arguments: ["", "KiB", "1KB", "1k", "-1", "1.5MiB", "1 MiB", "9999999999TiB"])
    func `what is no size is not taken`(text: String) {
        #expect(ByteSize.bytes(text) == nil)
    }

    @Test func `what is shown can be read again`() {
        for value in [1, 999, 1_000, 90_000, 3_600_000, 86_400_000] {
            #expect(Duration.milliseconds(durationText(value)) == value)
        }
        for value in [0, 1, 1_023, 1_024, 1_536, 16 << 20, 1 << 40] {
            #expect(ByteSize.bytes(sizeText(value)) == value)
        }
    }
}
