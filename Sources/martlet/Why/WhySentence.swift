// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// A verdict as a sentence that a tired person understands at night.
struct WhySentence {
    private let answer: WhyAnswer
    private let times: ReadableTime
    private var evidence: JSONValue { answer.evidence }
    private var name: String { answer.subscription ?? "the subscription" }

    init(_ answer: WhyAnswer, times: ReadableTime = ReadableTime()) {
        self.answer = answer
        self.times = times
    }

    /// The sentence, without an end.
    var text: String {
        switch answer.verdict {
        case .handled: handled
        case .leased: leased
        case .waiting: "not handled: " + waiting
        case .deferred: deferred
        case .blocked: blocked
        case .filtered: "not for \(name): its filter does not pass it" + moment("since")
        case .beforeStart: "not for \(name): it lies before the place where \(name) starts" + moment("moved there")
        case .scheduled: scheduled
        case .expired: "not handled: its time was over" + moment("")
        case .lostToRetention: lost
        case .dead: dead
        case .parked: parked
        case .notFound: notFound
        case nil: "\(answer.word): \(answer.next)"
        }
    }

    // MARK: - Verdicts

    private var handled: String {
        let at = moment("")
        guard let resolved = evidence.text("resolved") else { return "handled" + by + at }
        let note = evidence.text("note").map { ": '\(shown($0))'" } ?? ""
        return "handled: resolved (\(resolved))" + by + at + note
    }

    private var leased: String {
        var work: [String] = []
        if let progress = evidence["progress"]?.integer { work.append("progress \(progress) %") }
        if let note = evidence.text("note") { work.append("'\(shown(note))'") }
        return "not handled: leased by \(evidence.text("consumer") ?? "a consumer")"
            + (time("until").map { " until \($0)" } ?? "")
            + (work.isEmpty ? "" : " (\(work.joined(separator: ", ")))") + attempt + error(hasNote: false)
    }

    private var waiting: String {
        let ahead = evidence.count("ahead")
        let queue = ahead == 0 ? "" : ahead == 1 ? "; 1 message is before it" : "; \(ahead) messages are before it"
        switch evidence.text("reason") {
        case "paused":
            let until = time("until").map { "until \($0)" } ?? "until they are resumed"
            return "deliveries to \(name) are paused \(until)" + queue
        case "no-consumer": return "\(name) has no consumer" + queue
        case "look-ahead":
            return "\(name) reads no further: the memory for messages that wait behind held keys is used up" + queue
        case "no-window": return "the consumers of \(name) hold as many messages as they may" + queue
        case "not-reached": return ahead == 0 ? "it is next" : "its turn has not come" + queue
        case "no-subscription": return "topic \(answer.topic) has no subscription that sees it"
        case let reason: return (reason ?? "it waits") + queue
        }
    }

    private var deferred: String {
        // What was given back without a failure has no attempt to count.
        let hasFailed = evidence.count("failures") > 0
        let until = time("until").map { " until \($0) (in \(times.distance(evidence.count("until"))))" } ?? ""
        let returned = hasFailed ? attempt : delivered
        return "not handled: deferred" + until + returned + error(hasNote: true)
    }

    private var blocked: String {
        let other = "message \(evidence.count("by"))"
        let state = evidence.text("verdict").map { ", which is \($0)" } ?? ""
        guard let key = evidence.text("key") else { return "not handled: it comes after \(other)\(state)" }
        return "not handled: its key '\(shown(key))' is held by \(other)\(state)"
    }

    private var scheduled: String {
        guard let due = evidence["due"]?.integer else { return "not visible yet: it is scheduled" }
        return "not visible yet: it is due \(times.text(due)) (in \(times.distance(due)))"
    }

    private var lost: String {
        if evidence["damaged"] == .bool(true) { return "lost: it cannot be read, the data file is damaged there" }
        if evidence["purged"] == .bool(true) { return "lost: purged" + by + moment("") }
        return "lost: retention dropped it before it was settled" + moment("")
    }

    private var dead: String {
        let reason = evidence.text("reason").map { ": \(Self.deaths[$0] ?? $0)" } ?? ""
        let note = evidence.text("note").map { ", '\(shown($0))'" } ?? ""
        let place = evidence["offset"]?.integer.map { "; its copy is \(evidence.text("topic") ?? "") \($0)" } ?? ""
        return "given up: a dead letter" + moment("since") + reason + by + note + place
    }

    private var parked: String {
        let since = evidence["since"]?.integer.map { " since \(times.text($0)) (\(times.age($0)))" } ?? ""
        let who = evidence.text("consumer").map { ": parked by \($0)" } ?? ""
        let code = evidence.text("code").map { " with \($0)" } ?? ""
        let note = evidence.text("note").map { ", '\(shown($0))'" } ?? ""
        return "not handled: waits for a person" + since + who + code + note
    }

    private var notFound: String {
        let which = answer.offset > 0 ? "message \(answer.offset)" : "message with this id"
        return "topic \(answer.topic) has no \(which) (any more)"
    }

    // MARK: - Parts

    private static let deaths = [
        "max-failures": "it failed too often", "max-deliveries": "its deliveries were lost too often",
        "rejected": "it was rejected", "expired": "its time was over", "lease-cap": "it was held too long",
    ]

    private var by: String { evidence.text("by").map { " by \($0)" } ?? "" }

    /// When it ended, behind a word.
    private func moment(_ word: String) -> String {
        guard let at = time("at") else { return "" }
        return word.isEmpty ? " at \(at)" : word == "since" ? " since \(at)" : " (\(word) at \(at))"
    }

    private func time(_ name: String) -> String? { evidence[name]?.integer.map { times.text($0) } }

    /// Which attempt it is, or will be, counted in failures as the limit is.
    private var attempt: String {
        let most = evidence["maxFailures"]?.integer.map { " of \($0)" } ?? ""
        guard let failures = evidence["failures"]?.integer else {
            return evidence["attempt"]?.integer.map { ", attempt \($0)" } ?? ""
        }
        return ", attempt \(failures + 1)\(most)" + delivered
    }

    /// How often it was handed out, when that is more than the failures tell.
    private var delivered: String {
        let isLeased = answer.verdict == .leased
        let deliveries = evidence.count(isLeased ? "attempt" : "deliveries")
        let expected = evidence.count("failures") + (isLeased ? 1 : 0)
        guard deliveries > expected else { return "" }
        return ", delivered \(deliveries == 1 ? "once" : "\(deliveries) times")"
    }

    private func error(hasNote: Bool) -> String {
        let note = hasNote ? evidence.text("note").map { " '\(shown($0))'" } ?? "" : ""
        if let code = evidence.text("code") { return ", last error \(code)" + note }
        return note.isEmpty ? "" : "," + note
    }

    private func shown(_ text: String) -> String { MessageView.printable(text, keepsLines: false) }
}
