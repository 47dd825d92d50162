// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Subscriptions as an operator looks at them first: what waits, since when, and who works on it.
struct SubscriptionTable {
    private static let always = ["backlog", "oldest", "inFlight", "deferred", "parked", "dead", "consumers"]
    private static let rare = ["filtered", "lost"]

    private let infos: [JSONValue]
    private let oldest: [Int?]
    private let times: ReadableTime

    /// A table of the broker's answers.
    ///
    /// - Parameter oldest: for each, when its oldest message became visible that is not settled.
    init(_ infos: [JSONValue], oldest: [Int?], times: ReadableTime = ReadableTime()) {
        self.infos = infos
        self.oldest = oldest
        self.times = times
    }

    /// The lines, with a line end behind each.
    var text: String {
        let shown = Self.always + Self.rare.filter { name in infos.contains { $0.count(name) > 0 } }
        var lines = [["topic", "subscription"] + shown.map(ReadableValue.label) + [""]]
        for (info, oldest) in zip(infos, oldest) {
            let cells = shown.map { name in
                name == "oldest" ? oldest.map { times.age($0) } ?? "" : "\(info.count(name))"
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
