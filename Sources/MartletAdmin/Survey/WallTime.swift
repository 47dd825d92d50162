// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// The time of day.
enum WallTime {
    /// Unix milliseconds.
    static var now: UInt64 { UInt64(max(0, Date().timeIntervalSince1970) * 1_000) }
}
