// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How often values fell between fixed bounds.
package struct Histogram: Sendable, Equatable {
    /// The largest value of each bucket but the last, which takes the rest.
    package let bounds: [UInt64]
    /// How many values each bucket has.
    package private(set) var counts: [UInt64]
    /// All values together.
    package private(set) var sum: UInt64 = 0

    /// Milliseconds that messages wait and are worked on.
    package static let times: [UInt64] = [
        5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
    ]
    /// Hundredths of a lease.
    package static let hundredths: [UInt64] = [5, 10, 25, 50, 75, 90, 100]
    /// Microseconds that a disk takes.
    package static let flushes: [UInt64] = [
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000,
    ]

    /// Makes an empty one.
    package init(_ bounds: [UInt64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// All values there were.
    package var count: UInt64 { counts.reduce(0, &+) }

    /// Counts a value, as often as said.
    package mutating func add(_ value: UInt64, count: UInt64 = 1) {
        guard count > 0 else { return }
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] &+= count
        sum &+= value &* count
    }
}
