// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Subscriptions as an operator looks at them first: what waits, since when, and who works on it.
struct SubscriptionTable {
    private static let always = ["backlog", "oldest", "inFlight", "deferred", "parked", "dead", "consumers"]
    private static let rare = ["filtered", "lost"]

    private let infos: [JSONValue]
    private let times: ReadableTime

    /// A table of the broker's answers.
    init(_ infos: [JSONValue], times: ReadableTime = ReadableTime()) {
        self.infos = infos
        self.times = times
    }

    /// The lines, with a line end behind each.
    var text: String {
        let shown = Self.always + Self.rare.filter { name in infos.contains { $0.count(name) > 0 } }
        var lines = [["topic", "subscription"] + shown.map(ReadableValue.label) + [""]]
        for info in infos {
            let cells = shown.map { name in
                guard name == "oldest" else { return "\(info.count(name))" }
                return info["oldestTime"]?.integer.map { times.age($0) } ?? ""
            }
            lines.append([info.text("topic") ?? "", info.text("name") ?? ""] + cells + [state(info)])
        }
        return TextTable.columns(lines)
    }

    /// What is out of the ordinary, in words.
    private func state(_ info: JSONValue) -> String {
        var words: [String] = []
        if info["paused"] == .bool(true) {
            let until = info["pausedUntil"]?.integer
            words.append("paused" + (until.map { " until \(times.text($0))" } ?? ""))
        }
        if let redrive = info["redrive"] {
            words.append("redrive \(redrive.count("done")) of \(redrive.count("meant"))")
        }
        return words.joined(separator: ", ")
    }
}
