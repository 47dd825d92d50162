// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Delivery tags as the protocol writes them: `7`, `7,9`, `100-163,170`.
package enum TagList {
    /// The tags as lists of ranges, each list no longer than `maxBytes`, so that a list always fits a line.
    ///
    /// - Parameter tags: the tags, ascending and without repeats.
    package static func encode(_ tags: [Int], maxBytes: Int = 3_800) -> [String] {
        var lists: [String] = []
        var list = ""
        var index = 0
        while index < tags.count {
            let first = tags[index]
            var last = first
            while index + 1 < tags.count, tags[index + 1] == last + 1 {
                last += 1
                index += 1
            }
            index += 1
            let range = first == last ? "\(first)" : "\(first)-\(last)"
            if list.isEmpty {
                list = range
            } else if list.utf8.count + 1 + range.utf8.count > maxBytes {
                lists.append(list)
                list = range
            } else {
                list += ",\(range)"
            }
        }
        if !list.isEmpty { lists.append(list) }
        return lists
    }

    /// The ranges of a list; nil when it is not one.
    ///
    /// A final `more`, which marks a cut list, is left out.
    package static func decode(_ list: some StringProtocol) -> [ClosedRange<Int>]? {
        var ranges: [ClosedRange<Int>] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) where part != "more" {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last
            else { return nil }
            ranges.append(first...last)
        }
        return ranges
    }
}
