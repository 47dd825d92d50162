// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Consecutive packs of one topic in memory: what one commit appends, or what one read of the log brought.
///
/// It is written by the thread that makes it and never changed once it is sealed.
// SAFETY: sealed before it is handed to another thread, and only read from then on.
package final class Segment: @unchecked Sendable {
    /// The topic's id.
    package let topic: UInt64
    /// The offset of the first message.
    package let base: UInt64
    /// Messages in the segment.
    package private(set) var count = 0
    /// Bytes of records that the topic ever took, those of this segment included.
    package private(set) var total: UInt64
    /// Whether the segment is complete.
    package private(set) var isSealed = false

    private let packLimit: Int
    private var slab: ByteSlab
    private var packStart = 0
    private var packCount = 0
    private var time: UInt64 = 0

    /// Starts a segment behind `total` bytes of records, whose packs close at `packLimit` bytes.
    package init(topic: UInt64, base: UInt64, total: UInt64, packLimit: Int, capacity: Int = 4_096) {
        self.topic = topic
        self.base = base
        self.total = total
        self.packLimit = packLimit
        slab = ByteSlab(capacity: capacity)
    }

    /// The offset behind the last message.
    package var end: UInt64 { base + UInt64(count) }

    /// The packs, one after another.
    package var bytes: UnsafeRawBufferPointer { slab.bytes }

    // MARK: - Writing

    /// Appends a run of records that lie one after another.
    package func append(records: UnsafeRawBufferPointer, time: UInt64) {
        precondition(!isSealed)
        self.time = time
        var start = 0
        var at = 0
        while at < records.count {
            guard let size = Record.size(at: UnsafeRawBufferPointer(rebasing: records[at...])) else {
                preconditionFailure("a record that this process wrote is malformed")
            }
            if openSize + (at - start) + size > packLimit || packCount == Pack.messages {
                copy(records[start..<at])
                start = at
                closePack(large: false)
                if Pack.headerSize + size > packLimit {
                    openPack()
                    packCount = 1
                    copy(records[at..<(at + size)])
                    closePack(large: true)
                    at += size
                    start = at
                    continue
                }
            }
            if packCount == 0 { openPack() }
            packCount += 1
            at += size
        }
        copy(records[start..<at])
    }

    /// Completes the last pack.
    package func seal() {
        closePack(large: false)
        isSealed = true
    }

    private var openSize: Int { packCount == 0 ? Pack.headerSize : slab.count - packStart }

    private func openPack() {
        packStart = slab.count
        _ = slab.reserve(Pack.headerSize)
        slab.advance(Pack.headerSize)
    }

    private func copy(_ bytes: Slice<UnsafeRawBufferPointer>) {
        slab.append(UnsafeRawBufferPointer(rebasing: bytes))
    }

    private func closePack(large: Bool) {
        guard packCount > 0 else { return }
        let payload = slab.count - packStart - Pack.headerSize
        total += UInt64(payload)
        let header = Pack(count: packCount, large: large, payload: payload, time: time, total: total)
        header.write(
            to: UnsafeMutableRawBufferPointer(start: slab.base + packStart, count: slab.count - packStart),
            topic: topic, base: base + UInt64(count))
        count += packCount
        packCount = 0
    }

    // MARK: - Reading back

    /// Makes room for a pack that is read from the log; `pack` is all of it or its first piece.
    package func load(pack: UnsafeRawBufferPointer, count: Int, total: UInt64) {
        slab.append(pack)
        self.count += count
        self.total = total
    }

    /// Appends a further piece of the large message that was loaded last.
    package func load(piece: UnsafeRawBufferPointer) {
        slab.append(piece)
    }

    /// Takes the last pack back, which turned out to be damaged.
    package func unload(from start: Int, count: Int, total: UInt64) {
        self.total = total
        slab.shorten(to: start)
        self.count -= count
    }

    /// Declares what was read complete.
    package func sealLoaded() {
        isSealed = true
    }
}

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
    /// The offset of the message that `next` gives.
    package private(set) var offset: UInt64
    private var at = 0
    private var left = 0
    private var time: UInt64 = 0

    /// Stands before the first message.
    package init(_ segment: Segment) {
        self.segment = segment
        offset = segment.base
    }

    /// The next message, or nothing at the end.
    package mutating func next() -> Message? {
        while left == 0 {
            guard enterPack() else { return nil }
        }
        let rest = UnsafeRawBufferPointer(rebasing: segment.bytes[at...])
        guard let size = Record.size(at: rest) else { return nil }
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
        let bytes = segment.bytes
        guard at < bytes.count, let pack = Pack(UnsafeRawBufferPointer(rebasing: bytes[at...])) else { return false }
        packEnd = at + Pack.headerSize + pack.payload
        at += Pack.headerSize
        left = pack.count
        time = pack.time
        return true
    }
}
