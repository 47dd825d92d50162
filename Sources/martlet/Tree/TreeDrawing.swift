// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// The flow of a process, drawn: what was caused stands below its cause.
struct TreeDrawing {
    private let tree: JSONValue
    private let times: ReadableTime

    /// A drawing of the broker's answer.
    init(_ tree: JSONValue, times: ReadableTime = ReadableTime()) {
        self.tree = tree
        self.times = times
    }

    /// The lines, with a line end behind each.
    var text: String {
        let process = tree.text("process") ?? ""
        let roots = tree["messages"]?.array ?? []
        guard !roots.isEmpty else { return "process \(shown(process)): no messages\n" }
        var verdicts: [String: Int] = [:]
        var count = 0
        var lines: [String] = []
        // A chain may be as long as there are messages, so nothing here calls itself.
        var open = roots.reversed().map { Open(node: $0, above: "", isRoot: true, isLast: true) }
        while let next = open.popLast() {
            count += 1
            for (_, verdict) in Self.verdicts(of: next.node) { verdicts[verdict, default: 0] += 1 }
            lines += draw(next)
            let children = next.node["children"]?.array ?? []
            let above = next.above + next.inset
            open += children.enumerated().reversed().map { index, child in
                Open(node: child, above: above, isRoot: false, isLast: index == children.count - 1)
            }
        }
        let tally = verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        lines.insert(
            "process \(shown(process)): \(count == 1 ? "1 message" : "\(count) messages")"
                + (tally.isEmpty ? "" : "; \(tally)"), at: 0)
        if tree["more"] == .bool(true) { lines.append("(there are more; --limit shows more of them)") }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A message that is to be drawn.
    private struct Open {
        var node: JSONValue
        var above: String
        var isRoot: Bool
        var isLast: Bool

        var isGap: Bool { node["gap"] == .bool(true) }
        /// What stands before the lines of what it caused.
        var inset: String { isRoot ? (isGap ? "   " : "") : isLast ? "   " : "│  " }
        /// What stands before its own line.
        var branch: String { isRoot ? (isGap ? "└╌ " : "") : isLast ? "└─ " : "├─ " }
    }

    private func draw(_ message: Open) -> [String] {
        let node = message.node
        var line = message.above + message.branch
        line += "\(times.text(node.count("time"))) \(node.text("topic") ?? ""):\(node.count("offset"))"
        if let id = node.text("id") { line += " \(shown(id))" }
        let verdicts = Self.verdicts(of: node).map { "\($0.subscription) \($0.verdict)" }
        line += "  [" + (verdicts.isEmpty ? "no subscription" : verdicts.joined(separator: ", ")) + "]"
        guard message.isGap else { return [line] }
        return ["(gap: the cause '\(shown(node.text("cause") ?? ""))' is not known, or not kept any more)", line]
    }

    private static func verdicts(of node: JSONValue) -> [(subscription: String, verdict: String)] {
        guard case .object(let members)? = node["verdicts"] else { return [] }
        return members.sorted { $0.key < $1.key }.compactMap { name, value in value.string.map { (name, $0) } }
    }

    private func shown(_ text: String) -> String { MessageView.printable(text, keepsLines: false) }
}
