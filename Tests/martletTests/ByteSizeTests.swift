// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import martlet

/// How sizes are read and shown.
struct ByteSizeTests {
    @Test(arguments: [("0", 0), ("17", 17), ("64KiB", 65_536), ("8MiB", 8 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40)])
    func `a size is a number with or without a unit`(text: String, bytes: Int) {
        #expect(ByteSize.bytes(text) == bytes)
    }

    @Test(arguments: ["", "KiB", "1KB", "1k", "-1", "1.5MiB", "1 MiB", "9999999999TiB"])
    func `what is not a size is refused`(text: String) {
        #expect(ByteSize.bytes(text) == nil)
    }

    @Test func `what is shown can be read again`() {
        for value in [0, 1, 1_023, 1_024, 1_536, 16 << 20, 1 << 40] {
            #expect(ByteSize.bytes(ByteSize.text(value)) == value)
        }
    }
}
