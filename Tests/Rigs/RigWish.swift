// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

/// All rigs; one after another, as each wants the machine for itself.
@Suite(.serialized) struct Rig {}

/// What the environment asks of the rigs.
enum RigWish {
    static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment["MARTLET_RIG_\(name)"].flatMap { Int($0) }
    }

    /// A seed repeats all choices, if not the machine's timing.
    static func seed() -> UInt64 {
        number("SEED").map { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
    }

    /// Says what was done; these tests are run to see it.
    static func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
