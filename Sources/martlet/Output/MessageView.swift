// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Messages that were looked at, for people.
enum MessageView {
    /// Characters of a body that a table shows.
    private static let glance = 60

    /// A line for each message.
    static func table(_ messages: [JSONValue], topic: String, times: ReadableTime = ReadableTime()) -> String {
        guard !messages.isEmpty else { return "no messages there in \(topic)\n" }
        let rare = ["id", "key", "process"].filter { name in messages.contains { $0.text(name) != nil } }
        var lines = [["offset", "time"] + rare + ["body"]]
        for message in messages {
            lines.append(
                ["\(message.count("offset"))", times.text(message.count("time"))]
                    + rare.map { message.text($0) ?? "" } + [glance(message)])
        }
        return TextTable.columns(lines)
    }

    /// All that is known of each message, and its body as it is.
    static func whole(_ messages: [JSONValue], topic: String, times: ReadableTime = ReadableTime()) -> String {
        guard !messages.isEmpty else { return "no messages there in \(topic)\n" }
        return messages.map { message in
            var rows = [["offset", "\(message.count("offset"))"], ["time", times.text(message.count("time"))]]
            for name in ["id", "key", "process", "cause"] {
                if let value = message.text(name) { rows.append([name, value]) }
            }
            rows += headers(message).map { [$0.name, $0.value] }
            return TextTable.columns(rows, rightAligned: false) + "\n" + body(message)
        }.joined(separator: "\n")
    }

    /// The headers by their names.
    static func headers(_ message: JSONValue) -> [(name: String, value: String)] {
        guard case .object(let headers)? = message["headers"] else { return [] }
        return headers.sorted { $0.key < $1.key }.compactMap { name, value in value.string.map { (name, $0) } }
    }

    /// The body with a line end behind it; one that is no text is base64.
    static func body(_ message: JSONValue) -> String {
        guard let text = message["body"]?.string else { return (message.text("body") ?? "") + "\n" }
        return printable(text, keepsLines: true) + (text.hasSuffix("\n") ? "" : "\n")
    }

    private static func glance(_ message: JSONValue) -> String {
        let text = printable(message["body"]?.string ?? message.text("body") ?? "", keepsLines: false)
        return text.count > glance ? text.prefix(glance - 1) + "…" : text
    }

    /// Text without what would steer a terminal.
    static func printable(_ text: String, keepsLines: Bool) -> String {
        String(
            text.map { character in
                if keepsLines, character.isNewline || character == "\t" { return character }
                let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
                return isControl ? (character.isWhitespace ? " " : "\u{FFFD}") : character
            })
    }
}
