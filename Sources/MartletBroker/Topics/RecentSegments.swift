// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The recent messages of a topic, kept in memory for consumers that keep up: consecutive segments.
struct RecentSegments {
    private var segments = Fifo<Segment>()

    /// Adds a segment; a gap before it ends what was kept.
    mutating func append(_ segment: Segment) {
        if let last = segments.last, last.end != segment.base { removeAll() }
        segments.append(segment)
    }

    /// Forgets the oldest segment, if it is that one.
    mutating func forget(_ segment: Segment) {
        if segments.first === segment { _ = segments.popFirst() }
    }

    /// Forgets all segments.
    mutating func removeAll() {
        segments.removeAll()
    }

    /// The segment that holds an offset.
    func segment(holding offset: UInt64) -> Segment? {
        guard let last = segments.last, offset < last.end else { return nil }
        if offset >= last.base { return last }
        var (low, high) = (0, segments.count)
        while low < high {
            let middle = (low + high) / 2
            if let segment = segments[middle], segment.end <= offset { low = middle + 1 } else { high = middle }
        }
        return segments[low].flatMap { $0.base <= offset ? $0 : nil }
    }
}
