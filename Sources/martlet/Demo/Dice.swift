// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Random numbers that follow from a seed and from what they are for, in any order of the questions.
struct Dice: RandomNumberGenerator, Sendable {
    private var random: SeededRandom

    /// Dice for one purpose; the same seed, purpose and numbers give the same throws.
    init(seed: UInt64, _ purpose: String, _ numbers: Int...) {
        let parts = purpose.utf8.map { UInt64($0) } + numbers.map { UInt64(bitPattern: Int64($0)) }
        random = SeededRandom(
            seed: parts.reduce(seed) { state, part in
                var random = SeededRandom(seed: state ^ part)
                return random.next()
            })
    }

    /// The next number.
    mutating func next() -> UInt64 { random.next() }

    /// Whether something happens that happens in so many of a hundred cases.
    mutating func hits(percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < percent
    }
}
