// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Histogram

/// The clock that latencies are read from, in nanoseconds.
enum SteadyClock {
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// How often each latency was seen, to three digits.
struct Percentiles: Sendable {
    private static let ceiling: UInt64 = 3_600_000_000_000
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 100, highestTrackableValue: ceiling, numberOfSignificantValueDigits: .three)

    /// Whether nothing was seen.
    var isEmpty: Bool { histogram.totalCount == 0 }

    /// Takes the time from one moment to another, for as many messages as it was the same.
    mutating func record(from start: UInt64, to end: UInt64, count: Int = 1) {
        let latency = end > start ? end - start : 0
        histogram.record(min(latency, Self.ceiling), count: UInt64(count))
    }

    /// Takes in what was seen elsewhere.
    mutating func add(_ other: Percentiles) {
        if !other.isEmpty { histogram.add(other.histogram) }
    }

    /// The figures for the report; nil when nothing was seen.
    ///
    /// - Parameter measured: which latency it is, such as `confirm`.
    func latency(of measured: String) -> Latency? {
        guard !isEmpty else { return nil }
        func milliseconds(_ percentile: Double) -> Double {
            (Double(histogram.valueAtPercentile(percentile)) / 1_000).rounded() / 1_000
        }
        return Latency(
            of: measured, p50Milliseconds: milliseconds(50), p90Milliseconds: milliseconds(90),
            p99Milliseconds: milliseconds(99), p999Milliseconds: milliseconds(99.9),
            maxMilliseconds: milliseconds(100))
    }
}

/// The percentiles of one latency.
struct Latency: Codable, Sendable {
    var of: String
    var p50Milliseconds: Double
    var p90Milliseconds: Double
    var p99Milliseconds: Double
    var p999Milliseconds: Double
    var maxMilliseconds: Double
}
