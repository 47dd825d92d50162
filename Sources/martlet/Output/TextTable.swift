// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Shows JSON to people: a list of objects as a table, one object as a column of names and values.
enum TextTable {
    /// Members that come first, in this order; what a newer broker adds comes after them by name.
    private static let order = [
        "topic", "name", "id", "version", "uptimeSeconds", "connections", "topics", "consumer", "client", "session",
        "subscription", "messages", "bytes", "first", "next", "floor", "backlog", "inFlight", "deferred", "scheduled",
        "parked", "dead", "consumers", "window", "paused", "retention", "subscriptions", "storage", "settings",
    ]

    /// The text for a value, with a line end after each line.
    ///
    /// - Parameter empty: what to say of an empty list.
    static func render(_ value: JSONValue, empty: String) -> String {
        switch value {
        case .array(let rows):
            let objects = rows.map { flattened($0) }
            guard !objects.isEmpty else { return empty + "\n" }
            var names: [String] = []
            for object in objects {
                for (name, _) in object where !names.contains(name) { names.append(name) }
            }
            let lines = objects.map { object in
                names.map { name in object.first { $0.name == name }?.text ?? "" }
            }
            return columns([names] + lines)
        case .object:
            return columns(flattened(value).map { [$0.name, $0.text] }, rightAligned: false)
        default: return text(value, name: "") + "\n"
        }
    }

    /// Lines of cells with every column as wide as its widest cell; columns of numbers are aligned to the right.
    static func columns(_ lines: [[String]], rightAligned: Bool = true) -> String {
        let count = lines.map(\.count).max() ?? 0
        let numeric = (0..<count).map { column in
            rightAligned && lines.dropFirst().allSatisfy { $0[column].first?.isNumber ?? true }
        }
        return aligned(lines, toTheRight: numeric).map { $0 + "\n" }.joined()
    }

    /// Names with the values behind them, the values aligned to the right.
    ///
    /// - Parameter width: what the column of the values has at least.
    static func pairs(_ rows: [(name: String, value: String)], width: Int = 0) -> [String] {
        aligned(rows.map { [$0.name, $0.value] }, toTheRight: [false, true], widths: [0, width])
    }

    private static func aligned(_ lines: [[String]], toTheRight: [Bool], widths least: [Int] = []) -> [String] {
        let widths = toTheRight.indices.map { column in
            lines.reduce(column < least.count ? least[column] : 0) { max($0, $1[column].count) }
        }
        return lines.map { line in
            let cells = line.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return toTheRight[column] ? space + cell : cell + space
            }
            var text = cells.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
    }

    private static func flattened(_ value: JSONValue, prefix: String = "") -> [(name: String, text: String)] {
        guard case .object(let members) = value else { return [(prefix, text(value, name: prefix))] }
        let names = members.keys.sorted { left, right in
            let leftPlace = order.firstIndex(of: left) ?? order.count
            let rightPlace = order.firstIndex(of: right) ?? order.count
            return (leftPlace, left) < (rightPlace, right)
        }
        return names.flatMap { name -> [(name: String, text: String)] in
            let member = members[name] ?? .null
            let path = prefix.isEmpty ? name : "\(prefix).\(name)"
            if case .object = member { return flattened(member, prefix: path) }
            return [(path, text(member, name: path))]
        }
    }

    private static func text(_ value: JSONValue, name: String) -> String {
        switch value {
        case .null: "-"
        case .bool(let value): value ? "yes" : "no"
        case .integer(let value): name.lowercased().hasSuffix("bytes") ? size(value) : "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): value
        case .array(let values): values.map { text(shortened($0), name: "") }.joined(separator: ", ")
        case .object(let members): members.keys.sorted().joined(separator: ", ")
        }
    }

    /// Of an object in a list of a member, its name is what fits a cell.
    private static func shortened(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return members["name"] ?? value
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
