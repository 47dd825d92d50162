// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Judges whether every request was answered exactly once in effect.
enum DemoProof {
    /// Something that is wrong.
    struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// The request, or nil when it is about all of them.
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
        findings += others.sorted().map { Finding(request: $0, reason: "there was no such request") }
        findings += evidence.strangeKeys.sorted().map {
            Finding(reason: "the record \($0) is not the state of a request")
        }
        if evidence.dead > 0 { findings.append(Finding(reason: "\(evidence.dead) messages became dead letters")) }
        if evidence.unsettled > 0 { findings.append(Finding(reason: "\(evidence.unsettled) messages are not settled")) }
        return findings
    }

    private static func reasons(
        mails: [Mail], calls: [Mail], answers: [DemoBody], state: RequestState?
    ) -> [String] {
        guard let label = state?.label else {
            return [
                "its record is missing, and \(mails.isEmpty ? "no mail was sent" : "\(mails.count) mails were sent")"
            ]
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
