// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// What a person can do about a verdict, each with the very command to type.
struct WhyAdvice {
    /// Something that can be done.
    struct Step: Equatable {
        /// What it is for.
        var aim: String
        /// The command.
        var command: String
    }

    private let answer: WhyAnswer
    /// The id of the message, if it is known.
    private let id: String?
    /// Whether the message is still in its topic.
    private let isKept: Bool
    private let suggestion: Suggestion
    private var topic: String { answer.topic }
    private var offset: String { "\(answer.offset)" }

    init(_ answer: WhyAnswer, id: String?, isKept: Bool, suggestion: Suggestion) {
        self.answer = answer
        self.id = id
        self.isKept = isKept
        self.suggestion = suggestion
    }

    /// What can be done; empty when nothing can or need be done.
    var steps: [Step] {
        guard let name = answer.subscription else { return withoutSubscription }
        switch answer.verdict {
        case .leased, .deferred:
            let aim = answer.verdict == .leased ? "if it hangs, to hand it out again" : "to try it now"
            return [step(aim, "parked", "resolve", topic, name, offset, "retry")]
        case .waiting: return waiting(name)
        case .blocked:
            return [step("about the one that holds it", "why", topic, "\(answer.evidence.count("by"))", name)]
        case .beforeStart:
            guard isKept else { return [] }
            return [step("to deliver it and all behind it", "seek", topic, name, "offset:\(offset)")]
        case .scheduled: return scheduled
        case .dead: return dead(name)
        case .parked:
            return [
                step("its story", "parked", "show", topic, name, offset),
                step("to try it again", "parked", "resolve", topic, name, offset, "retry", "--note", "WHY"),
                step("it is done", "parked", "resolve", topic, name, offset, "ack", "--note", "WHY"),
                step("to give it up", "parked", "resolve", topic, name, offset, "reject", "--note", "WHY"),
            ]
        case .handled, .filtered, .expired, .lostToRetention, .notFound, nil: return []
        }
    }

    private var withoutSubscription: [Step] {
        switch answer.verdict {
        case .scheduled: scheduled
        case .waiting:
            [step("to have it handled", "create", "subscription", topic, "NAME", "--from", "offset:\(offset)")]
        default: []
        }
    }

    private func waiting(_ name: String) -> [Step] {
        switch answer.evidence.text("reason") {
        case "paused": [step("to go on", "resume", topic, name)]
        case "no-consumer": [step("start its worker; to look who is there", "info", "consumers")]
        case "no-window": [step("to look who holds what", "info", "consumers")]
        case "look-ahead": [step("to look what holds the keys", "parked", "list", topic, name)]
        default: []
        }
    }

    private var scheduled: [Step] {
        guard let id else { return [] }
        return [
            step("to let it go now", "scheduled", "reschedule", topic, id, "--delay", "0s"),
            step("to cancel it", "scheduled", "cancel", topic, id),
        ]
    }

    private func dead(_ name: String) -> [Step] {
        var steps: [Step] = []
        // The dead letters of the broker's own topics are not kept.
        guard let letter = answer.evidence["offset"]?.integer else { return [] }
        steps.append(step("its story", "dead", "show", topic, name, "\(letter)"))
        if let id {
            steps.append(step("to try it again", "dead", "redrive", topic, name, "--id", id))
        } else if let at = answer.evidence["at"]?.integer {
            steps.append(
                step(
                    "to try again what died then", "dead", "redrive", topic, name, "--since", "\(at)", "--until",
                    "\(at + 1)"))
        }
        return steps
    }

    private func step(_ aim: String, _ words: String...) -> Step {
        Step(aim: aim, command: suggestion.command(words))
    }
}
