// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Tags of one consumer whose leases were lost, so that settling them can be told from repeating a settle.
///
/// It is bounded: past the limit the oldest are merged into one range, and a repeated settle of a tag in there is then
/// answered as lost, which does no harm.
struct TagRanges {
    static let limit = 4_096

    private(set) var ranges: [ClosedRange<UInt64>] = []

    func contains(_ tag: UInt64) -> Bool {
        let index = position(of: tag)
        return index < ranges.count && ranges[index].contains(tag)
    }

    mutating func insert(_ tag: UInt64) {
        let index = position(of: tag)
        if index < ranges.count, ranges[index].contains(tag) { return }
        let joinsBefore = index > 0 && ranges[index - 1].upperBound + 1 == tag
        let joinsAfter = index < ranges.count && ranges[index].lowerBound == tag + 1
        switch (joinsBefore, joinsAfter) {
        case (true, true):
            ranges[index - 1] = ranges[index - 1].lowerBound...ranges[index].upperBound
            ranges.remove(at: index)
        case (true, false): ranges[index - 1] = ranges[index - 1].lowerBound...tag
        case (false, true): ranges[index] = tag...ranges[index].upperBound
        case (false, false): ranges.insert(tag...tag, at: index)
        }
        if ranges.count > Self.limit {
            let half = Self.limit / 2
            ranges.replaceSubrange(0..<half, with: [ranges[0].lowerBound...ranges[half - 1].upperBound])
        }
    }

    /// What of a range is in here.
    func intersection(_ range: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
        var found: [ClosedRange<UInt64>] = []
        var index = position(of: range.lowerBound)
        while index < ranges.count, ranges[index].lowerBound <= range.upperBound {
            found.append(ranges[index].clamped(to: range))
            index += 1
        }
        return found
    }

    /// The ranges without some ascending tags: merged ranges may hold some that were settled.
    static func subtract(_ tags: [UInt64], from ranges: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        guard !tags.isEmpty else { return ranges }
        return ranges.flatMap { range in
            var left: [ClosedRange<UInt64>] = []
            var next = range.lowerBound
            for tag in tags where range.contains(tag) {
                if tag > next { left.append(next...(tag - 1)) }
                next = tag + 1
            }
            if next <= range.upperBound { left.append(next...range.upperBound) }
            return left
        }
    }

    /// The first range that ends at a tag or behind it.
    private func position(of tag: UInt64) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < tag { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
