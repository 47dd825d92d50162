// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The recent messages of a topic, kept in memory for consumers that keep up: consecutive segments.
struct RecentSegments {
    private var segments: [Segment] = []
    private var head = 0

    /// Adds a segment; a gap before it ends what was kept.
    mutating func append(_ segment: Segment) {
        if let last = segments.last, last.end != segment.base { removeAll() }
        segments.append(segment)
    }

    /// Forgets the oldest segment, if it is that one.
    mutating func forget(_ segment: Segment) {
        guard head < segments.count, segments[head] === segment else { return }
        head += 1
        if head > 64, head * 2 > segments.count {
            segments.removeFirst(head)
            head = 0
        }
    }

    /// Forgets all segments.
    mutating func removeAll() {
        segments.removeAll()
        head = 0
    }

    /// The segment that holds an offset.
    func segment(holding offset: UInt64) -> Segment? {
        guard head < segments.count, let last = segments.last, offset < last.end else { return nil }
        if offset >= last.base { return last }
        var (low, high) = (head, segments.count)
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].end <= offset { low = middle + 1 } else { high = middle }
        }
        return segments[low].base <= offset ? segments[low] : nil
    }
}
