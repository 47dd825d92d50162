// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// What `why` prints: the message, a sentence for each subscription, and what can be done.
struct WhyReport {
    let topic: String
    let answers: [WhyAnswer]
    /// The message as it was looked at; nil when it cannot be.
    let message: JSONValue?
    /// The id that was asked about, if it was one.
    let askedID: String?
    let suggestion: Suggestion
    var times = ReadableTime()

    /// The lines, with a line end behind each.
    var text: String {
        var lines = [heading]
        // One that is not UTF-8 cannot be typed.
        let id = askedID ?? message?["id"]?.string
        for (subscription, answer) in grouped {
            let name = subscription.map { "\($0): " } ?? ""
            lines.append(name + WhySentence(answer, times: times).text)
            let advice = WhyAdvice(answer, id: id, isKept: message != nil, suggestion: suggestion)
            lines += advice.steps.map { "    \($0.aim): \($0.command)" }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The answers with the names of their subscriptions; one that is about the message alone stands once.
    private var grouped: [(subscription: String?, answer: WhyAnswer)] {
        if let first = answers.first, first.verdict == .scheduled || first.verdict == .notFound {
            return [(nil, first)]
        }
        return answers.map { ($0.subscription, $0) }
    }

    private var heading: String {
        let offset = answers.map(\.offset).max() ?? 0
        var parts = [offset > 0 ? "\(topic) \(offset)" : topic]
        if let id = askedID ?? message?.text("id") { parts.append("id \(id)") }
        for name in ["key", "process", "cause"] {
            if let value = message?.text(name) { parts.append("\(name) \(value)") }
        }
        if let time = message?["time"]?.integer { parts.append("visible since \(times.text(time))") }
        return MessageView.printable(parts.joined(separator: ", "), keepsLines: false)
    }
}
