// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// Publishes are accepted, known or refused.
extension ReferenceModel {
    /// Publishes in one step; what was answered other than it had to be.
    mutating func publish(_ drafts: [Draft], to name: String, answered answers: [String]) -> String? {
        guard answers.count == drafts.count else { return "\(drafts.count) publishes were answered \(answers)" }
        if topics[name] == nil { _ = createTopic(name) }
        for (draft, answer) in zip(drafts, answers) {
            let expected = self.answer(to: draft, on: name)
            guard answer == expected else { return "\(draft) to \(name) was answered \(answer), not \(expected)" }
            if answer.hasPrefix("OK ") { topics[name]?.append(draft, at: now) }
        }
        return nil
    }

    /// Publishes; what that has to be answered.
    mutating func publish(_ drafts: [Draft], to name: String) -> [String] {
        if topics[name] == nil { _ = createTopic(name) }
        return drafts.map { draft in
            let answer = answer(to: draft, on: name)
            if answer.hasPrefix("OK ") { topics[name]?.append(draft, at: now) }
            return answer
        }
    }

    /// What a publish to a topic has to be answered.
    func answer(to draft: Draft, on name: String) -> String {
        guard let topic = topics[name] else { return "ERR full" }
        return topic.answer(to: draft, known: topic.known(draft.id, at: now), above: topic.bytes, isFull: isFull)
    }
}
