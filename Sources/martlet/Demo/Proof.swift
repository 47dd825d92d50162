// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What was left behind by a run, read from three places that do not know of each other.
struct DemoEvidence: Sendable {
    /// Every call that the mail service logged.
    var mails: [Mail] = []
    /// Every message of the topic of answers, in its order.
    var answers: [DemoBody] = []
    /// The record of each request.
    var states: [Int: RequestState] = [:]
    /// Records that are no state of a request.
    var strangeKeys: [String] = []
    /// Messages that became dead letters.
    var dead = 0
    /// Messages that nobody has settled.
    var unsettled = 0
}

/// Judges whether every request was answered exactly once in effect.
enum DemoProof {
    /// Something that is wrong.
    struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// The request, or nothing when it is about all of them.
        var request: Int?
        /// What is wrong.
        var reason: String

        var description: String { request.map { "request \($0): \(reason)" } ?? reason }
    }

    /// What is wrong, in the order of the requests; empty when all is well.
    static func findings(requests: Int, evidence: DemoEvidence) -> [Finding] {
        let world = OutsideWorld(evidence.mails)
        let calls = Dictionary(grouping: evidence.mails, by: \.request)
        let answers = Dictionary(grouping: evidence.answers, by: \.request)
        var findings: [Finding] = []
        for request in 1...requests {
            let reasons = reasons(
                mails: world.sent[request] ?? [], calls: calls[request] ?? [], answers: answers[request] ?? [],
                state: evidence.states[request])
            findings += reasons.map { Finding(request: request, reason: $0) }
        }
        let known = 1...requests
        let others = Set(world.sent.keys).union(answers.keys).union(evidence.states.keys).filter { !known.contains($0) }
        findings += others.sorted().map { Finding(request: $0, reason: "nobody asked this") }
        findings += evidence.strangeKeys.sorted().map { Finding(reason: "the record \($0) is no state of a request") }
        if evidence.dead > 0 { findings.append(Finding(reason: "\(evidence.dead) messages became dead letters")) }
        if evidence.unsettled > 0 { findings.append(Finding(reason: "\(evidence.unsettled) messages are not settled")) }
        return findings
    }

    private static func reasons(
        mails: [Mail], calls: [Mail], answers: [DemoBody], state: RequestState?
    ) -> [String] {
        guard case .answered(let label, _)? = state else {
            let found = mails.isEmpty ? "no mail was sent" : "\(mails.count) mails were sent"
            return ["its record is \(state.map { "'\($0)'" } ?? "missing"), and \(found)"]
        }
        var reasons: [String] = []
        if answers.count != 1 { reasons.append("\(answers.count) answers were published") }
        if mails.count != 1 { reasons.append("\(mails.count) mails were sent") }
        for answer in answers where answer.label != label {
            reasons.append("the answer says '\(answer.label ?? "")', the record '\(label)'")
        }
        // A repeated call that says something else is wrong even though the service does not send it.
        for call in calls where call.label != label {
            reasons.append("the mail says '\(call.label)', the record '\(label)'")
        }
        return reasons
    }
}
