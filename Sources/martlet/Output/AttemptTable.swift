// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// The last attempts at a message.
enum AttemptTable {
    /// A heading and a line for each attempt; empty when there are none.
    static func text(_ attempts: [JSONValue], times: ReadableTime) -> String {
        guard !attempts.isEmpty else { return "" }
        var lines = [["attempt", "ended", "took", "consumer", "code"]]
        for attempt in attempts {
            lines.append([
                attempt.text("outcome") ?? "", times.text(attempt.count("time")),
                ReadableValue.duration(milliseconds: attempt.count("ms")), attempt.text("consumer") ?? "",
                attempt.text("code") ?? "",
            ])
        }
        return "\n" + TextTable.columns(lines, rightAligned: false)
    }
}
