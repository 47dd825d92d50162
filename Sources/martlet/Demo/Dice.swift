// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Random numbers that follow from a seed and from what they are for, in any order of the questions (SplitMix64).
struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Dice for one purpose; the same seed, purpose and numbers give the same throws.
    init(seed: UInt64, _ purpose: String, _ numbers: Int...) {
        state = seed
        for byte in purpose.utf8 { mix(UInt64(byte)) }
        for number in numbers { mix(UInt64(bitPattern: Int64(number))) }
    }

    /// The next number.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something happens that happens in so many of a hundred cases.
    mutating func hits(percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < percent
    }

    private mutating func mix(_ value: UInt64) {
        state ^= value
        state = next()
    }
}
