// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// Whole milliseconds, rounded down; durations that have more than there are numbers get the last one.
    var milliseconds: Int64 {
        let (thousands, isTooLong) = components.seconds.multipliedReportingOverflow(by: 1_000)
        let (sum, isTooLongBy) = thousands.addingReportingOverflow(components.attoseconds / 1_000_000_000_000_000)
        guard isTooLong || isTooLongBy else { return sum }
        return components.seconds < 0 ? .min : .max
    }

    /// Seconds with their fraction.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
