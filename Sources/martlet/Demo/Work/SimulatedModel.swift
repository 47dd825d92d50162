// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A model that classifies requests, as models are: mostly quick, sometimes slow, sometimes down, not always sure, and
/// not always of the same opinion when it is asked again.
struct SimulatedModel: Sendable {
    /// What a call came to.
    enum Reply: Sendable, Equatable {
        /// A class for the request, and how sure the model is, from 0 to 99.
        case answer(label: String, confidence: Int)
        /// The model failed.
        case failure
    }

    /// One call.
    struct Call: Sendable, Equatable {
        /// How long it takes.
        var milliseconds: Int
        /// What it comes to.
        var reply: Reply
    }

    /// What a request can be.
    static let labels = ["refund", "delivery", "invoice", "complaint", "praise"]
    /// Below this confidence a person decides.
    static let leastConfidence = 60
    /// A call that takes longer than this outlives the lease of its message.
    static let slowMilliseconds = 1_000

    /// Where its opinions come from.
    let seed: UInt64

    /// How many calls for a request fail before one does not.
    func failures(of request: Int) -> Int {
        var dice = Dice(seed: seed, "failures", request)
        return dice.hits(percent: 20) ? Int.random(in: 1...4, using: &dice) : 0
    }

    /// How many of the calls that do not fail are slow, before the quick ones.
    func slowCalls(of request: Int) -> Int {
        var dice = Dice(seed: seed, "slow", request)
        return dice.hits(percent: 10) ? Int.random(in: 1...3, using: &dice) : 0
    }

    /// Whether a person has to decide; that does not depend on which call is asked.
    func isUnsure(of request: Int) -> Bool {
        var dice = Dice(seed: seed, "unsure", request)
        return dice.hits(percent: 18)
    }

    /// The call of a number, from 1.
    func call(_ request: Int, number: Int) -> Call {
        var dice = Dice(seed: seed, "call", request, number)
        let failures = failures(of: request)
        if number <= failures { return Call(milliseconds: .random(in: 5...40, using: &dice), reply: .failure) }
        let isSlow = number <= failures + slowCalls(of: request)
        let milliseconds = Int.random(
            in: isSlow ? Self.slowMilliseconds + 100...Self.slowMilliseconds + 500 : 20...120, using: &dice)
        var opinion = Dice(seed: seed, "label", request)
        var label = Int.random(in: 0..<Self.labels.count, using: &opinion)
        if dice.hits(percent: 25) { label = Int.random(in: 0..<Self.labels.count, using: &dice) }
        let confidence = Int.random(
            in: isUnsure(of: request) ? 0...Self.leastConfidence - 1 : Self.leastConfidence...99, using: &dice)
        return Call(milliseconds: milliseconds, reply: .answer(label: Self.labels[label], confidence: confidence))
    }
}
