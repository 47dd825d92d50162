// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Shows the broker's answers to people: a list of objects as a table, one object as a column of names and values.
enum InfoView {
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
            return TextTable.columns([names] + lines)
        case .object:
            return TextTable.columns(flattened(value).map { [$0.name, $0.text] }, rightAligned: false)
        default: return ReadableValue.text(value, name: "") + "\n"
        }
    }

    private static func flattened(_ value: JSONValue, prefix: String = "") -> [(name: String, text: String)] {
        guard case .object(let members) = value else { return [(prefix, ReadableValue.text(value, name: prefix))] }
        let names = members.keys.sorted { left, right in
            let leftPlace = order.firstIndex(of: left) ?? order.count
            let rightPlace = order.firstIndex(of: right) ?? order.count
            return (leftPlace, left) < (rightPlace, right)
        }
        return names.flatMap { name -> [(name: String, text: String)] in
            let member = members[name] ?? .null
            let path = prefix.isEmpty ? name : "\(prefix).\(name)"
            if case .object = member { return flattened(member, prefix: path) }
            return [(ReadableValue.label(path), ReadableValue.text(member, name: name))]
        }
    }
}
