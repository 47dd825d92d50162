// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Counts values of which many in a row are the same, as times are that are taken once a step.
struct Repeats {
    private var value: UInt64 = 0
    private var count: UInt64 = 0

    /// Takes a value; gives those before it when they were others.
    @inline(__always)
    mutating func add(_ next: UInt64, to histogram: inout Histogram) {
        if next == value {
            count += 1
        } else {
            histogram.add(value, count: count)
            (value, count) = (next, 1)
        }
    }

    /// Gives what is left.
    mutating func end(_ histogram: inout Histogram) {
        histogram.add(value, count: count)
        count = 0
    }
}
