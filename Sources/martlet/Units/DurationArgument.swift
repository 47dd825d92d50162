// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletModel

/// What people write as a time span, as the protocol has it: `500ms`, `30s`, `5m`, `2h`, `7d`.
enum DurationArgument {
    /// Reads the value of an option, in milliseconds.
    static func option(_ name: String, _ text: String) throws -> Int {
        guard let milliseconds = DurationCoding.decode(text) else {
            throw ValidationError("\(name) '\(text)': expected a duration such as 500ms, 30s, 5m, 2h or 7d")
        }
        return milliseconds
    }

    /// Reads the value of an option that may be `none`, which is 0.
    static func optionOrNone(_ name: String, _ text: String) throws -> Int {
        if text == "none" { return 0 }
        guard let milliseconds = DurationCoding.decode(text), milliseconds > 0 else {
            throw ValidationError("\(name) '\(text)': expected none, or a duration such as 30s, 5m, 2h or 7d")
        }
        return milliseconds
    }
}
