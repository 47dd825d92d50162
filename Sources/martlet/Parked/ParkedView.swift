// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Messages that wait for a person, for people.
enum ParkedView {
    /// A line for each.
    static func table(_ messages: [JSONValue], times: ReadableTime = ReadableTime()) -> String {
        guard !messages.isEmpty else { return "nothing waits for a person\n" }
        let columns = ["id", "key", "process", "code", "note"]
        let shown = columns.filter { name in messages.contains { $0.text(name) != nil } }
        var lines = [["offset", "waits for", "failures"] + shown]
        for message in messages {
            lines.append(
                ["\(message.count("offset"))", times.age(message.count("since")), "\(message.count("failures"))"]
                    + shown.map { MessageView.printable(message.text($0) ?? "", keepsLines: false) })
        }
        return TextTable.columns(lines)
    }

    /// The whole story of one.
    ///
    /// - Parameter body: the message as it was looked at, if it can be.
    static func whole(
        _ message: JSONValue, body: JSONValue?, topic: String, times: ReadableTime = ReadableTime()
    ) -> String {
        var rows = [["message", "\(topic) \(message.count("offset"))"]]
        for name in ["id", "key", "process"] {
            if let value = message.text(name) { rows.append([name, value]) }
        }
        rows.append(["published", times.text(message.count("time"))])
        let since = message.count("since")
        rows.append(["waits since", "\(times.text(since)) (\(times.age(since)))"])
        for (label, name) in [("parked by", "consumer"), ("code", "code"), ("note", "note")] {
            if let value = message.text(name) { rows.append([label, value]) }
        }
        rows.append(["deliveries", "\(message.count("deliveries"))"])
        rows.append(["failures", "\(message.count("failures"))"])
        rows += body.map(MessageView.headers)?.map { [$0.name, $0.value] } ?? []
        return TextTable.columns(rows, rightAligned: false)
            + AttemptTable.text(message["attempts"]?.array ?? [], times: times)
            + (body.map { "\n" + MessageView.body($0) } ?? "")
    }
}
