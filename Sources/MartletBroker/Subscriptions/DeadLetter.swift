// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// What the broker writes into the headers of a dead letter (protocol 6).
struct DeadLetter {
    var reason: String
    var topic: String
    var offset: UInt64
    var subscription: String
    var key: String
    var id: String
    var publishedAt: UInt64
    var firstDeliveredAt: UInt64
    var at: UInt64
    var deliveries: UInt64
    var failures: UInt64
    var consumer: String
    var code: String
    var note: String
    var attempts: [Attempt]
    var redrives = 0

    /// The header lines.
    var headers: String {
        let lines: [(String, String)] = [
            ("Reason", reason), ("Topic", topic), ("Offset", "\(offset)"), ("Subscription", subscription),
            ("Key", key), ("Id", id), ("Published-At", "\(publishedAt)"),
            ("First-Delivered-At", "\(firstDeliveredAt)"), ("At", "\(at)"), ("Deliveries", "\(deliveries)"),
            ("Failures", "\(failures)"), ("Consumer", consumer), ("Code", code), ("Note", note),
            ("Attempts", "[" + attempts.map(Self.json).joined(separator: ",") + "]"), ("Redrives", "\(redrives)"),
        ]
        return lines.filter { !$0.1.isEmpty }.map { "Martlet-Dead-\($0.0): \($0.1)\n" }.joined()
    }

    private static func json(_ attempt: Attempt) -> String {
        #"{"time":\#(attempt.time),"consumer":"\#(escaped(attempt.consumer))","outcome":"\#(attempt.outcome)","#
            + #""code":"\#(escaped(attempt.code))","ms":\#(attempt.duration)}"#
    }

    /// Text without control characters as it stands in a JSON string.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }
}
