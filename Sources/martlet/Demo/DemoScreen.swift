// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What people see while it runs: a table that is drawn again in its place, or lines.
final class DemoScreen {
    private let isPlain: Bool
    private var drawnLines = 0
    private var news: [String] = []

    /// A screen; a plain one shows only what happens, line by line.
    init(isPlain: Bool) { self.isPlain = isPlain }

    /// Something has happened that is worth a line.
    func tell(_ text: String, _ tally: Tally, seconds: Double) throws {
        let line = "\(Self.tenths(seconds)) s  \(text)"
        if isPlain {
            try StandardOutput.write("\(line)  [\(tally.arrived.count) arrived, \(tally.answered) answered]\n")
        } else {
            news = (news + [line]).suffix(5)
        }
    }

    /// Shows how it stands.
    func draw(_ tally: Tally, requests: Int, seconds: Double) throws {
        guard !isPlain else { return }
        let lines = Self.lines(tally, requests: requests, seconds: seconds) + news.map { "  \($0)" }
        let up = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
        try StandardOutput.write(up + lines.map { "\u{1B}[2K\($0)\n" }.joined())
        drawnLines = lines.count
    }

    /// The lines of the table.
    static func lines(_ tally: Tally, requests: Int, seconds: Double) -> [String] {
        let rows: [(name: String, value: String)] = [
            ("requests", "\(tally.arrived.count) of \(requests)"),
            ("in progress", "\(tally.inProgress)"),
            ("waiting for a person", "\(tally.waiting)"),
            ("late, a colleague called", "\(tally.escalated)"),
            ("answered", "\(tally.answered)"),
            ("repeats absorbed", "\(tally.absorbed)"),
            ("redeliveries", "\(tally.redeliveries)"),
            ("lease losses", "\(tally.leaseLosses)"),
            ("workers killed", "\(tally.kills)"),
            ("workers frozen", "\(tally.freezes)"),
            ("connections cut", "\(tally.cuts)"),
            ("broker restarts", "\(tally.restarts)"),
            ("seconds", tenths(seconds)),
        ]
        return TextTable.pairs(rows, width: 12).map { "  " + $0 }
    }

    /// Seconds with one digit behind the point.
    static func tenths(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
