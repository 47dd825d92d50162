// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Where a reader stands in a segment.
package struct SegmentCursor {
    /// One message of a segment.
    package struct Message {
        /// Its offset.
        package var offset: UInt64
        /// When it was published, in Unix milliseconds.
        package var time: UInt64
        /// Where its record begins in the segment's bytes.
        package var start: Int
        /// The size of its record.
        package var size: Int
    }

    /// The segment.
    package let segment: Segment
    // SAFETY: the bytes of a closed segment do not move, and the segment lives as long as this value.
    private let bytes: UnsafeRawBufferPointer
    /// The offset of the message that `next` gives.
    package private(set) var offset: UInt64
    private var at = 0
    private var left = 0
    private var time: UInt64 = 0

    /// Stands before the first message.
    package init(_ segment: Segment) {
        precondition(segment.isClosed, "the bytes of an open segment move")
        self.segment = segment
        bytes = segment.bytes
        offset = segment.base
    }

    /// The next message; nil at the end.
    package mutating func next() -> Message? {
        while left == 0 {
            guard enterPack() else { return nil }
        }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
        guard let size = StoredMessage.size(at: rest) else { return nil }
        let message = Message(offset: offset, time: time, start: at, size: size)
        at += size
        left -= 1
        offset += 1
        return message
    }

    /// Goes forward to the message of that offset.
    package mutating func skip(to target: UInt64) {
        while offset < target {
            if left == 0 {
                guard enterPack() else { return }
            }
            if offset + UInt64(left) <= target {
                // The whole rest of the pack is skipped; its end follows from the header that was read last.
                offset += UInt64(left)
                left = 0
                at = packEnd
            } else if next() == nil {
                return
            }
        }
    }

    private var packEnd = 0

    private mutating func enterPack() -> Bool {
        guard at < bytes.count, let pack = Pack(UnsafeRawBufferPointer(rebasing: bytes[at...])) else { return false }
        packEnd = at + Pack.headerSize + pack.payload
        at += Pack.headerSize
        left = pack.count
        time = pack.time
        return true
    }
}
