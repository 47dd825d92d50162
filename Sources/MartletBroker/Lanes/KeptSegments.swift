// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// What the cursor of a lane has read, kept for messages that wait there for their keys: they are mostly near.
struct KeptSegments {
    private let memory: KeyMemory
    private var segments = RecentSegments()
    private var order = Fifo<Segment>()
    /// Behind the message that was looked up last: they are mostly asked for in their order.
    private var near: SegmentCursor?

    init(_ memory: KeyMemory) {
        self.memory = memory
    }

    /// Keeps a segment, in the place of its oldest ones when all lanes together have too much.
    mutating func keep(_ segment: Segment) {
        guard order.last !== segment else { return }
        let size = segment.bytes.count
        while memory.segments + size > KeyMemory.segmentLimit, let oldest = order.popFirst() {
            if near?.segment === oldest { near = nil }
            segments.forget(oldest)
            memory.segments -= oldest.bytes.count
        }
        guard memory.segments + size <= KeyMemory.segmentLimit else { return }
        segments.append(segment)
        order.append(segment)
        memory.segments += size
    }

    /// A message, if it lies in what is kept.
    mutating func message(at offset: UInt64) -> (Segment, SegmentCursor.Message)? {
        if let last = near?.segment, let next = near?.offset, next <= offset, offset < last.end {
            near?.skip(to: offset)
            return near?.next().map { (last, $0) }
        }
        guard let segment = segments.segment(holding: offset) else { return nil }
        near = SegmentCursor(segment)
        near?.skip(to: offset)
        return near?.next().map { (segment, $0) }
    }

    /// Gives all memory back.
    mutating func removeAll() {
        while let segment = order.popFirst() { memory.segments -= segment.bytes.count }
        segments.removeAll()
        near = nil
    }
}
