// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletStore

/// A message as it was read.
struct Read: Equatable, CustomStringConvertible {
    var offset: UInt64
    var time: UInt64
    var body: [UInt8]

    // Bodies can be large, and nobody reads a million numbers.
    var description: String { "\(offset)@\(time): \(body.count) bytes \(body.prefix(4))" }
}

/// Makes the segments of one topic, each behind the other.
struct TestLog {
    let topic: UInt64
    var next: UInt64 = 1
    var total: UInt64 = 0
    /// All that was put in, in order.
    var written: [Read] = []

    init(_ topic: UInt64) {
        self.topic = topic
    }

    /// A sealed segment with messages of these bodies.
    mutating func segment(_ bodies: [[UInt8]], time: UInt64 = 1, packLimit: Int = Pack.largest) -> Segment {
        let segment = Segment(topic: topic, base: next, total: total, packLimit: packLimit)
        encode(bodies).withUnsafeBytes { segment.append(messages: $0, time: time) }
        segment.close()
        for (index, body) in bodies.enumerated() {
            written.append(Read(offset: next + UInt64(index), time: time, body: body))
        }
        next = segment.end
        total = segment.total
        return segment
    }

    /// The messages from an offset on.
    func written(from offset: UInt64) -> [Read] {
        written.filter { $0.offset >= offset }
    }
}

/// The records of messages that have a body and nothing else.
func encode(_ bodies: [[UInt8]]) -> [UInt8] {
    var slab = ByteSlab(capacity: 64)
    for body in bodies {
        body.withUnsafeBytes { bytes in
            var fields = MessageFields()
            fields.body = bytes
            StoredMessage.append(fields, to: &slab)
        }
    }
    return Array(slab.bytes)
}

/// A body of that size whose bytes depend on place and seed, so that pieces cannot be mistaken for each other.
func body(_ size: Int, seed: Int = 0) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &* 17 &+ seed) }
}

extension Segment {
    /// The headers of its packs, with the offset of each.
    var packs: [(base: UInt64, header: Pack)] {
        var packs: [(base: UInt64, header: Pack)] = []
        var at = 0
        var base = base
        while at < bytes.count, let header = Pack(UnsafeRawBufferPointer(rebasing: bytes[at...])) {
            packs.append((base, header))
            at += Pack.headerSize + header.payload
            base += UInt64(header.count)
        }
        return packs
    }

    /// Its messages from an offset on.
    func messages(from offset: UInt64 = 0) -> [Read] {
        var cursor = SegmentCursor(self)
        cursor.skip(to: offset)
        var messages: [Read] = []
        while let message = cursor.next() {
            let record = UnsafeRawBufferPointer(rebasing: bytes[message.start..<(message.start + message.size)])
            let body = StoredMessage.fields(of: record).map { Array($0.body) } ?? []
            messages.append(Read(offset: message.offset, time: message.time, body: body))
        }
        return messages
    }
}

extension DiskStore {
    /// All messages of a topic from an offset on, read in portions; damage is a failure.
    func messages(topic: UInt64, from offset: UInt64 = 0, portion: Int = 4_096) throws -> [Read] {
        var messages: [Read] = []
        var at = offset
        while true {
            switch try read(topic: topic, from: at, bytes: portion) {
            case .none: return messages
            case .damaged(let range): throw Damage(range: range)
            case .segment(let segment):
                try #require(segment.end > at)
                messages += segment.messages(from: at)
                at = segment.end
            }
        }
    }
}

/// Messages that could not be read.
struct Damage: Error, Equatable {
    var range: Range<UInt64>
}
