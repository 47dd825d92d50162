// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the outstanding tags of the ranges of one command, at a cost bounded by what is outstanding.
///
/// Narrow ranges are walked; for wide ones the tags are put in order once for the whole command.
struct OutstandingTags {
    private var sorted: [UInt64]?
    /// Tags that were walked over.
    private var walked: UInt64 = 0

    /// The outstanding tags of a range, in order.
    mutating func tags(in range: ClosedRange<UInt64>, of leases: LeaseTable) -> [UInt64] {
        let width = range.upperBound - range.lowerBound
        if width < UInt64(4 * leases.count + 16) - min(walked, UInt64(4 * leases.count + 16)) {
            walked += width + 1
            return range.filter(leases.contains)
        }
        let all = sorted ?? leases.tags
        sorted = all
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle] < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        // What was settled meanwhile is not outstanding any more.
        return all[low...].prefix { $0 <= range.upperBound }.filter(leases.contains)
    }

    /// Ranges in order, those that touch or overlap put together.
    static func union(of ranges: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { union, range in
            if let last = union.last, range.lowerBound <= last.upperBound {
                union[union.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                union.append(range)
            }
        }
    }
}
