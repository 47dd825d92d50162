// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Lists of numbers in any order, as the reply to a commit carries them: `7,9`, or with runs where that is shorter.
package enum OffsetList {
    /// Bytes of a list that leave room for another one on its line.
    private static let room = Limits.line / 2 - 64

    /// Numbers that a list may stand for, so that a short line cannot fill the memory.
    private static let most = 1_000_000

    /// The numbers one by one if that fits, else with runs `5-12`, and cut with `,more` if even that does not fit.
    package static func text(_ numbers: [UInt64]) -> String {
        let plain = numbers.map(String.init).joined(separator: ",")
        if plain.utf8.count <= room { return plain }
        let runs: [ClosedRange<UInt64>] = numbers.reduce(into: []) { runs, number in
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return TagList.text(runs, limit: room)
    }

    /// The numbers of a list, in its order, and whether it was cut; nothing when it is no list, or of more than a
    /// million numbers.
    package static func numbers(in text: some StringProtocol) -> (numbers: [UInt64], isCut: Bool)? {
        var numbers: [UInt64] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part == "more" { return (numbers, true) }
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
                last - first < UInt64(most - numbers.count)
            else { return nil }
            numbers.append(contentsOf: first...last)
        }
        return (numbers, false)
    }
}
