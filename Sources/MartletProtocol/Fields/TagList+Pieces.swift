// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// Tags as commands carry them.
extension TagList {
    /// Ascending tags as ranges, in as many pieces as it takes for each to fit a line.
    package static func pieces(_ tags: [UInt64], limit: Int = Limits.line - 256) -> [[ClosedRange<UInt64>]] {
        var pieces: [[ClosedRange<UInt64>]] = []
        var length = 0
        for range in ascendingRanges(tags) {
            let width = width(of: range)
            if !pieces.isEmpty, length + 1 + width <= limit {
                pieces[pieces.count - 1].append(range)
                length += 1 + width
            } else {
                pieces.append([range])
                length = width
            }
        }
        return pieces
    }

    private static func ascendingRanges(_ tags: [UInt64]) -> [ClosedRange<UInt64>] {
        tags.reduce(into: []) { ranges, tag in
            if let last = ranges.last, last.upperBound + 1 == tag {
                ranges[ranges.count - 1] = last.lowerBound...tag
            } else {
                ranges.append(tag...tag)
            }
        }
    }

    private static func width(of range: ClosedRange<UInt64>) -> Int {
        let first = width(of: range.lowerBound)
        return range.lowerBound == range.upperBound ? first : first + 1 + width(of: range.upperBound)
    }

    private static func width(of number: UInt64) -> Int {
        var (width, rest) = (1, number)
        while rest >= 10 {
            width += 1
            rest /= 10
        }
        return width
    }
}
