// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Durations as lines and settings carry them: `1500ms`, `30s`, `5m`, `12h`, `7d`.
package enum DurationCoding {
    /// The milliseconds of a duration; nil when the text is none.
    package static func decode(_ text: some StringProtocol) -> Int? {
        Array(text.utf8).withUnsafeBytes { Value.duration($0) }
    }

    /// A duration in the largest unit that divides it.
    package static func encode(_ milliseconds: Int) -> String {
        for (unit, factor) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
        where milliseconds >= factor && milliseconds % factor == 0 {
            return "\(milliseconds / factor)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
