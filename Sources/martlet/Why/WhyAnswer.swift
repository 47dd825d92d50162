// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// What the broker answered to `WHY` about one message and one subscription.
struct WhyAnswer {
    /// The verdict as the broker said it.
    let word: String
    /// The verdict; nil when it is one of a newer broker.
    let verdict: Verdict?
    /// The topic.
    let topic: String
    /// The message's offset; 0 when it has none.
    let offset: Int
    /// The subscription; nil when the message is judged without one.
    let subscription: String?
    /// What the verdict rests on.
    let evidence: JSONValue
    /// What happens next, as the broker says it.
    let next: String

    /// An answer; nil when it is none.
    init?(_ json: JSONValue) {
        guard let word = json.text("verdict"), let topic = json.text("topic") else { return nil }
        self.word = word
        verdict = Verdict(rawValue: word)
        self.topic = topic
        offset = json.count("offset")
        subscription = json.text("subscription")
        evidence = json["evidence"] ?? .object([:])
        next = json.text("next") ?? ""
    }

    /// All answers: one for a subscription that was named, else one for each.
    static func all(_ json: JSONValue) -> [WhyAnswer] {
        (json.array ?? [json]).compactMap { WhyAnswer($0) }
    }
}
