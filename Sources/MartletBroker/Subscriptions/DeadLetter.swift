// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
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
    var redrives: Int

    /// The header lines.
    var headers: String {
        let lines: [(String, String)] = [
            ("Reason", reason), ("Topic", topic), ("Offset", "\(offset)"), ("Subscription", subscription),
            ("Key", key), ("Id", id), ("Published-At", "\(publishedAt)"),
            ("First-Delivered-At", deliveries > 0 ? "\(firstDeliveredAt)" : ""), ("At", "\(at)"),
            ("Deliveries", "\(deliveries)"),
            ("Failures", "\(failures)"), ("Consumer", consumer), ("Code", code), ("Note", note),
            ("Attempts", attemptList), ("Redrives", "\(redrives)"),
        ]
        return lines.filter { !$0.1.isEmpty }.map { "Martlet-Dead-\($0.0): \($0.1)\n" }.joined()
    }

    private var attemptList: String {
        var writer = JSONWriter()
        writer.list { writer in
            for attempt in attempts { attempt.write(to: &writer) }
        }
        return writer.text
    }
}
