// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore

/// How loudly it is told that a connection ended or could not be opened: once in a while, however often it happens.
struct EndingLog {
    /// How long other endings are not told aloud after one that was.
    private static let pause = TimeAmount.seconds(10)

    private var told: NIODeadline?
    /// Endings since the last that was told aloud.
    private var untold = 0

    /// At which level the next ending is told, and how many were not told aloud before it.
    mutating func level(at now: NIODeadline) -> (level: Logger.Level, untold: Int) {
        if let told, now - told < Self.pause {
            untold += 1
            return (.debug, 0)
        }
        told = now
        defer { untold = 0 }
        return (.warning, untold)
    }

    /// There is a connection; whether endings were not told aloud meanwhile, so that this is worth a line.
    mutating func connected() -> Bool {
        defer { untold = 0 }
        return untold > 0
    }
}
