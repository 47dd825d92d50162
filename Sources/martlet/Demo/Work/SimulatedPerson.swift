// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The person who decides what the model is not sure of: after a while, sometimes with two clicks, sometimes with a
/// colleague who decides the same request otherwise, and sometimes a request is overlooked.
struct SimulatedPerson: Sendable {
    /// One decision as it is sent.
    struct Decision: Sendable, Equatable {
        /// The same when a person clicks twice.
        var number: Int
        /// What the request is.
        var label: String
    }

    /// Where the decisions come from.
    let seed: UInt64

    /// How long it takes until a person looks.
    func milliseconds(for request: Int) -> Int {
        var dice = Dice(seed: seed, "look", request)
        return .random(in: 300...1_500, using: &dice)
    }

    /// Whether a request is overlooked when it is first seen.
    func overlooks(_ request: Int) -> Bool {
        var dice = Dice(seed: seed, "overlook", request)
        return dice.hits(percent: 20)
    }

    /// What is sent, in this order.
    func decisions(on request: Int) -> [Decision] {
        var dice = Dice(seed: seed, "decide", request)
        let label = Int.random(in: 0..<SimulatedModel.labels.count, using: &dice)
        let first = Decision(number: 1, label: SimulatedModel.labels[label])
        var decisions = [first]
        if dice.hits(percent: 30) { decisions.append(first) }
        if dice.hits(percent: 20) {
            let other = (label + 1) % SimulatedModel.labels.count
            decisions.append(Decision(number: 2, label: SimulatedModel.labels[other]))
        }
        return decisions
    }
}
