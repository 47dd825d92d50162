// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Puts messages together to segments, as long as they follow each other.
final class LogFilling {
    /// Bytes at which a segment is closed.
    private static let largest = 1 << 20

    /// Where a topic stands.
    private struct Place {
        var next: UInt64
        var total: UInt64
        var time: UInt64
    }

    private var segment: Segment?
    private var places: [UInt64: Place] = [:]

    /// Appends a message; gives the segment before it, when it cannot be one with that.
    func append(_ message: LogMessageLine, to topic: StoredTopic, packLimit: Int) throws -> Segment? {
        let head = message.head
        let known = places[topic.id]
        guard head.offset >= max(known?.next ?? 0, topic.first), head.offset < 1 << 62 else {
            throw DataError(
                .refused, "offset \(head.offset) of '\(topic.name)' comes before \(max(known?.next ?? 0, topic.first))")
        }
        guard head.time >= known?.time ?? 0 else {
            throw DataError(.refused, "the time of offset \(head.offset) of '\(topic.name)' is before that of the last")
        }
        let follows = segment?.topic == topic.id && known?.next == head.offset && known?.time == head.time
        var closed: Segment?
        if !follows || (segment?.bytes.count ?? 0) >= Self.largest { closed = close() }
        let place = places[topic.id]
        let total = head.bytesBefore ?? place?.total ?? topic.trimmed
        let target =
            segment ?? Segment(topic: topic.id, base: head.offset, total: total, packLimit: packLimit)
        segment = target
        var slab = ByteSlab(capacity: message.record.body.bytes.count + 256)
        try message.record.append(to: &slab)
        target.append(messages: slab.bytes, time: head.time)
        places[topic.id] = Place(next: head.offset + 1, total: target.totalSoFar, time: head.time)
        return closed
    }

    /// The segment at hand, complete.
    func close() -> Segment? {
        guard let segment else { return nil }
        segment.close()
        self.segment = nil
        places[segment.topic]?.total = segment.total
        return segment
    }
}
