// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Lists of tags as lines carry them: `7`, `7,9`, `100-163,170`.
package enum TagList {
    /// Bytes of a list that leave room for the rest of its line.
    private static let room = Limits.line - 256

    /// The tags as ranges, cut with `,more` where they would not fit a line.
    package static func text(_ tags: [ClosedRange<UInt64>], limit: Int = room) -> String {
        var text = ""
        for tags in tags {
            let part = self.part(tags)
            // Room is kept for the word that says that the list was cut.
            if text.utf8.count + part.utf8.count + 6 > limit { return text + ",more" }
            text += text.isEmpty ? part : "," + part
        }
        return text
    }

    /// Ascending tags as a list, cut where it would not fit a line.
    package static func text(_ tags: [UInt64]) -> String { text(ranges(tags)) }

    /// The ranges of a list, or nothing when it is not one; a final `more`, which marks a cut list, is left out.
    package static func ranges(in text: some StringProtocol) -> [ClosedRange<UInt64>]? {
        let list = text.hasSuffix(",more") ? String(text.dropLast(5)) : String(text)
        return Array(list.utf8).withUnsafeBytes { try? Value.tags($0) }
    }

    private static func part(_ tags: ClosedRange<UInt64>) -> String {
        tags.lowerBound == tags.upperBound ? "\(tags.lowerBound)" : "\(tags.lowerBound)-\(tags.upperBound)"
    }

    private static func ranges(_ tags: [UInt64]) -> [ClosedRange<UInt64>] {
        tags.reduce(into: []) { ranges, tag in
            if let last = ranges.last, last.upperBound + 1 == tag {
                ranges[ranges.count - 1] = last.lowerBound...tag
            } else {
                ranges.append(tag...tag)
            }
        }
    }
}

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
