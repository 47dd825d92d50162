// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Offsets of one position that are settled: pairs of the first and the last, all of them within one 4,096th.
struct SettledLine: Codable {
    static let type = "settled"
    var type = SettledLine.type
    var position: UInt64
    var ranges: [[UInt64]]

    init(_ position: UInt64, _ ranges: [ClosedRange<UInt64>]) {
        self.position = position
        self.ranges = ranges.map { [$0.lowerBound, $0.upperBound] }
    }

    func operation() throws -> StoreOperation {
        var found: [ClosedRange<UInt64>] = []
        for pair in ranges {
            guard pair.count == 2, pair[0] <= pair[1], pair[0] / 4_096 == pair[1] / 4_096,
                pair[0] / 4_096 == ranges[0][0] / 4_096
            else { throw DataError(.refused, "the settled offsets are not pairs within one 4,096th") }
            found.append(pair[0]...pair[1])
        }
        return .settle(position: position, found)
    }
}
