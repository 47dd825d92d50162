// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Dead letters, for people.
enum DeadLetterView {
    /// What the broker wrote into a dead letter's headers.
    static func member(_ name: String, of letter: JSONValue) -> String? {
        letter["headers"]?.text("Martlet-Dead-\(name)")
    }

    /// A line for each.
    static func table(_ letters: [JSONValue], times: ReadableTime = ReadableTime()) -> String {
        guard !letters.isEmpty else { return "no dead letters\n" }
        let columns = [
            ("message", "Offset"), ("id", "Id"), ("key", "Key"), ("reason", "Reason"), ("code", "Code"),
            ("failures", "Failures"), ("note", "Note"),
        ]
        let shown = columns.filter { column in letters.contains { member(column.1, of: $0) != nil } }
        var lines = [["letter", "died"] + shown.map(\.0)]
        for letter in letters {
            let died = member("At", of: letter).flatMap { Int($0) } ?? letter.count("time")
            lines.append(
                ["\(letter.count("offset"))", times.text(died)]
                    + shown.map { MessageView.printable(member($0.1, of: letter) ?? "", keepsLines: false) })
        }
        return TextTable.columns(lines)
    }

    /// The whole story of one.
    static func whole(_ letter: JSONValue, times: ReadableTime = ReadableTime()) -> String {
        func time(_ name: String) -> String? { member(name, of: letter).flatMap { Int($0) }.map { times.text($0) } }
        let facts: [(String, String?)] = [
            ("letter", "\(letter.count("offset"))"),
            ("message", member("Offset", of: letter).map { "\(member("Topic", of: letter) ?? "") \($0)" }),
            ("subscription", member("Subscription", of: letter)), ("id", member("Id", of: letter)),
            ("key", member("Key", of: letter)), ("process", letter.text("process")), ("cause", letter.text("cause")),
            ("reason", member("Reason", of: letter)), ("code", member("Code", of: letter)),
            ("note", member("Note", of: letter)), ("published", time("Published-At")),
            ("first delivered", time("First-Delivered-At")), ("died", time("At")),
            ("deliveries", member("Deliveries", of: letter)), ("failures", member("Failures", of: letter)),
            ("last consumer", member("Consumer", of: letter)), ("redrives", member("Redrives", of: letter)),
        ]
        var rows = facts.compactMap { name, value in value.map { [name, $0] } }
        rows += MessageView.headers(letter).filter { !$0.name.hasPrefix("Martlet-Dead-") }.map { [$0.name, $0.value] }
        let attempts = member("Attempts", of: letter).flatMap { JSONValue(Array($0.utf8)) }?.array ?? []
        return TextTable.columns(rows, rightAligned: false) + AttemptTable.text(attempts, times: times) + "\n"
            + MessageView.body(letter)
    }
}
