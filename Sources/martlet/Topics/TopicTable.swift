// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Topics as a table.
enum TopicTable {
    /// The lines, with a line end behind each.
    ///
    /// - Parameter all: whether the broker's own topics are shown too.
    static func text(_ topics: [JSONValue], all: Bool) -> String {
        let shown = topics.filter { all || $0.text("name")?.hasPrefix("$") == false }
        let hidden = topics.count - shown.count
        let rest = hidden > 0 ? "and \(hidden) of the broker (--all shows them)\n" : ""
        guard !shown.isEmpty else { return "no topics\n" + rest }
        var lines = [["topic", "messages", "size", "offsets", "kept", "subscriptions"]]
        for topic in shown {
            let (first, next) = (topic.count("first"), topic.count("next"))
            lines.append([
                topic.text("name") ?? "", "\(topic.count("messages"))", ReadableValue.size(topic.count("bytes")),
                first < next ? "\(first)-\(next - 1)" : "", kept(topic),
                (topic["subscriptions"]?.array ?? []).compactMap(\.string).joined(separator: ", "),
            ])
        }
        return TextTable.columns(lines) + rest
    }

    /// How long messages are kept, in words.
    private static func kept(_ topic: JSONValue) -> String {
        switch topic.text("retention") {
        case "interest": return "until all handled them"
        case "work": return "until handled"
        default: break
        }
        var limits: [String] = []
        if topic.count("maxAge") > 0 { limits.append(ReadableValue.duration(milliseconds: topic.count("maxAge"))) }
        if topic.count("maxBytes") > 0 { limits.append(ReadableValue.size(topic.count("maxBytes"))) }
        if topic.count("maxMessages") > 0 { limits.append("\(topic.count("maxMessages")) messages") }
        return limits.isEmpty ? "no limit" : limits.joined(separator: ", ")
    }
}
