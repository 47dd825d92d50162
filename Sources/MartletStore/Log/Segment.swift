// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Consecutive packs of one topic in memory: what one commit appends, or what one read of the log brought.
///
/// It is written by the thread that makes it and never changed once it is closed.
// SAFETY: closed before it is handed to another thread, and only read from then on.
package final class Segment: @unchecked Sendable {
    /// The topic's id.
    package let topic: UInt64
    /// The offset of the first message.
    package let base: UInt64
    // SAFETY: an access ends with the statement that begins it, and nothing is changed once it is closed.
    /// Messages in the segment.
    @exclusivity(unchecked) package private(set) var count = 0
    /// Bytes of records that the topic ever took, those of this segment included.
    @exclusivity(unchecked) package private(set) var total: UInt64
    /// Whether the segment is complete.
    @exclusivity(unchecked) package private(set) var isClosed = false

    private let packLimit: Int
    // SAFETY: as above.
    @exclusivity(unchecked) private var slab: ByteSlab
    @exclusivity(unchecked) private var packStart = 0
    @exclusivity(unchecked) private var packCount = 0
    @exclusivity(unchecked) private var time: UInt64 = 0

    /// Starts a segment behind `total` bytes of records, whose packs close at `packLimit` bytes.
    package init(topic: UInt64, base: UInt64, total: UInt64, packLimit: Int, capacity: Int = 4_096) {
        self.topic = topic
        self.base = base
        self.total = total
        self.packLimit = packLimit
        slab = ByteSlab(capacity: capacity)
    }

    /// Bytes of records of a segment that is one pack.
    package var payload: UInt64 { UInt64(max(0, bytes.count - Pack.headerSize)) }

    /// The offset behind the last message.
    package var end: UInt64 { base + UInt64(count) }

    /// The packs, one after another.
    package var bytes: UnsafeRawBufferPointer { slab.bytes }

    // MARK: - Writing

    /// Appends a run of records that lie one after another.
    package func append(messages: UnsafeRawBufferPointer, time: UInt64) {
        precondition(!isClosed)
        self.time = time
        var start = 0
        var at = 0
        while at < messages.count {
            guard let size = StoredMessage.size(at: UnsafeRawBufferPointer(rebasing: messages[at...])) else {
                preconditionFailure("a record that this process wrote is malformed")
            }
            if openSize + (at - start) + size > packLimit || packCount == Pack.messages {
                copy(messages[start..<at])
                start = at
                closePack(large: false)
                if Pack.headerSize + size > packLimit {
                    openPack()
                    packCount = 1
                    copy(messages[at..<(at + size)])
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
        copy(messages[start..<at])
    }

    /// Completes the last pack.
    package func close() {
        closePack(large: false)
        isClosed = true
    }

    /// Bytes of records of the topic up to the end of the segment, its open pack included.
    package var totalSoFar: UInt64 {
        packCount == 0 ? total : total + UInt64(slab.count - packStart - Pack.headerSize)
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
    package func closeLoaded() {
        isClosed = true
    }

    // MARK: - From bytes

    /// Takes packs that lie one after another, as `bytes` gives them; nil when they are not so many messages.
    package convenience init?(topic: UInt64, base: UInt64, count: Int, total: UInt64, packs: UnsafeRawBufferPointer) {
        self.init(topic: topic, base: base, total: total, packLimit: 0, capacity: packs.count)
        var at = 0
        while at < packs.count {
            guard let header = Pack(UnsafeRawBufferPointer(rebasing: packs[at...])) else { return nil }
            let end = at + Pack.headerSize + header.payload
            guard header.count > 0, end <= packs.count else { return nil }
            let pack = UnsafeRawBufferPointer(rebasing: packs[at..<end])
            guard Pack.isIntact(pack, topic: topic, base: self.end) else { return nil }
            load(pack: pack, count: header.count, total: header.total)
            at = end
        }
        guard self.count == count, self.total == total else { return nil }
        closeLoaded()
    }
}
