// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

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

    /// The ranges of a list; nil when it is not one; a final `more`, which marks a cut list, is left out.
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
