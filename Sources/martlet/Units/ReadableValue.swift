// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// What the broker tells about itself in the words and units of people.
enum ReadableValue {
    /// Members that are milliseconds.
    private static let durations: Set = [
        "dedupWindow", "maxAge", "lease", "leaseCap", "backoff", "expect", "expireAfter",
    ]
    /// Members that are times.
    private static let times: Set = ["since", "until", "time", "due", "at"]
    /// Members that are limits, of which 0 is none.
    private static let limits: Set = ["maxAge", "maxBytes", "maxMessages"]

    /// A member's name in words, without a unit that the value has as well.
    static func label(_ path: String) -> String {
        var words = ""
        for character in path.hasPrefix("settings.") ? path.dropFirst(9) : path[...] {
            if character == "." {
                words += " "
            } else if character.isUppercase {
                words += " " + character.lowercased()
            } else {
                words.append(character)
            }
        }
        for unit in [" seconds", " bytes"] where words.hasSuffix(unit) && words != "max bytes" {
            words.removeLast(unit.count)
        }
        return words
    }

    /// A value as it is shown.
    static func text(_ value: JSONValue, name: String) -> String {
        switch value {
        case .null: "-"
        case .bool(let value): value ? "yes" : "no"
        case .integer(0) where limits.contains(name): "no limit"
        case .integer(let value): number(value, name: name)
        case .number(let value): "\(value)"
        case .string(let value): value
        case .array(let values): values.map { text(shortened($0), name: name) }.joined(separator: ", ")
        case .object(let members): members.keys.sorted().joined(separator: ", ")
        }
    }

    private static func number(_ value: Int, name: String) -> String {
        if durations.contains(name) { return duration(milliseconds: value) }
        if times.contains(name) { return ReadableTime().text(value) }
        if name.hasSuffix("Seconds") { return duration(milliseconds: value * 1_000) }
        return name.lowercased().hasSuffix("bytes") ? size(value) : "\(value)"
    }

    /// Of an object in a list of a member, its name is what fits a cell.
    private static func shortened(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return members["name"] ?? value
    }

    /// A time in its two largest units.
    static func duration(milliseconds: Int) -> String {
        var rest = milliseconds
        var parts: [String] = []
        for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)] {
            if rest >= length { parts.append("\(rest / length) \(unit)") }
            rest %= length
        }
        return parts.isEmpty ? "0 s" : parts.prefix(2).joined(separator: " ")
    }

    /// A number of bytes in the unit that leaves one to four digits.
    static func size(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1_024 { return unit == "B" ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(unit)" }
            value /= 1_024
        }
        return "\((value * 10).rounded() / 10) TiB"
    }
}
