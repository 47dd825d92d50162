// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The table at the end of a run; it has the same lines for the broker and for the script.
struct DemoSummary: Sendable, Equatable {
    /// What answered the requests.
    var title: String
    /// How many requests there were.
    var requests: Int
    /// What came of them.
    var outcome: DemoOutcome
    /// What was thrown at it, counted where it happened.
    var thrown: [(name: String, count: Int)]
    /// What it did about that.
    var taken: [(name: String, count: Int)]

    /// How often each fault struck.
    static func thrown(_ plan: DemoPlan, _ tally: Tally) -> [(name: String, count: Int)] {
        [
            ("arrivals repeated under the same id", plan.repeats),
            ("arrivals repeated under another id", plan.copies),
            ("arrivals delayed, passed by later ones", plan.delayed),
            ("model calls that failed", tally.failures),
            ("model calls slower than a lease (1 s)", tally.slowCalls),
            ("requests that waited for a person", tally.waited),
            ("workers killed (kill -9)", tally.kills),
            ("workers frozen for longer than a lease", tally.freezes),
            ("connections cut", tally.cuts),
            ("restarts of the whole (kill -9)", tally.restarts),
        ]
    }

    /// The lines, with a line end after each.
    var text: String {
        var lines: [(name: String, value: String)] = [
            ("", title),
            ("requests", "\(requests)"),
            ("  answered exactly once", "\(outcome.once)"),
            ("  answered more than once", "\(outcome.doubled)"),
            ("    with answers that contradict each other", "\(outcome.contradicted)"),
            ("  lost", "\(outcome.lost)"),
            ("thrown at it", ""),
        ]
        lines += thrown.map { ("  \($0.name)", "\($0.count)") }
        if !taken.isEmpty {
            lines.append(("absorbed and repaired", ""))
            lines += taken.map { ("  \($0.name)", "\($0.count)") }
        }
        return TextTable.pairs(lines).map { $0 + "\n" }.joined()
    }

    static func == (left: DemoSummary, right: DemoSummary) -> Bool { left.text == right.text }
}
