// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletModel

/// What people write as the place where a subscription starts.
enum StartArgument {
    /// What is expected, for messages and help.
    static let expectation = "earliest, new, offset:N or time:T, T a time such as '2026-11-27 14:30'"

    /// Reads a place.
    ///
    /// - Parameter name: of the option or argument, for the message about what is none.
    static func parse(_ text: String, _ name: String) throws -> Start {
        if text == "earliest" { return .earliest }
        if text == "new" { return .new }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[0] == "offset", let offset = ByteSize.plainNumber(String(parts[1])), offset > 0 {
            return .offset(UInt64(offset))
        }
        if parts.count == 2, parts[0] == "time", let time = TimeArgument.parse(String(parts[1]), .past) {
            return .time(time)
        }
        throw ValidationError("\(name) '\(text)': expected \(expectation)")
    }

    /// A place in words, behind "from".
    static func words(_ start: Start) -> String {
        switch start {
        case .earliest: "the first message that is kept"
        case .new: "what comes from now on"
        case .offset(let offset): "offset \(offset)"
        case .time(let time): ReadableTime().text(Int(time))
        }
    }
}
