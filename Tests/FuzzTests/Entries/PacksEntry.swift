// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletStore

/// Packs of messages: the bytes are packs, whose checksums are set right so that what is behind them is read too.
///
/// A walk over the messages stays within the packs, and to skip to a message is to walk to it.
enum PacksEntry {
    private static let base: UInt64 = 1 << 40

    static func read(_ bytes: [UInt8]) throws {
        _ = bytes.withUnsafeBytes { Segment(topic: 5, base: base, count: 1, total: 1, packs: $0) }
        guard let segment = segment(of: bytes) else { return }
        var cursor = SegmentCursor(segment)
        var walked: [UInt64: Int] = [:]
        while let message = cursor.next() {
            try BrokenProperty.unless(
                message.start + message.size <= segment.bytes.count, "a message ends behind its packs")
            try BrokenProperty.unless(walked[message.offset] == nil, "offset \(message.offset) comes twice")
            walked[message.offset] = message.start
            let record = UnsafeRawBufferPointer(
                rebasing: segment.bytes[message.start..<(message.start + message.size)])
            if let fields = StoredMessage.fields(of: record) { try again(fields) }
            guard walked.count < 10_000 else { break }
        }
        guard areCountsRight(segment) else { return }
        for offset in walked.keys.sorted().prefix(50) {
            var cursor = SegmentCursor(segment)
            cursor.skip(to: offset)
            let found = cursor.next()
            try BrokenProperty.unless(
                found?.offset == offset && found?.start == walked[offset], "skipping to \(offset) is not walking to it")
        }
    }

    /// The packs, with the checksum that each would have; nil when they are none.
    private static func segment(of bytes: [UInt8]) -> Segment? {
        var packs = bytes
        var (at, count, total) = (0, 0, UInt64(0))
        while at < packs.count {
            let header = packs[at...].withUnsafeBytes { Pack($0) }
            guard let header, header.count > 0, at + Pack.headerSize + header.payload <= packs.count else { break }
            let end = at + Pack.headerSize + header.payload
            packs.withUnsafeMutableBytes { bytes in
                header.write(
                    to: UnsafeMutableRawBufferPointer(rebasing: bytes[at..<end]), topic: 5, base: base + UInt64(count))
            }
            count += header.count
            total = header.total
            at = end
        }
        guard at > 0 else { return nil }
        return packs[..<at].withUnsafeBytes {
            Segment(topic: 5, base: base, count: count, total: total, packs: $0)
        }
    }

    /// Whether each pack holds as many messages as it says, and nothing else, as all packs do that were ever written.
    private static func areCountsRight(_ segment: Segment) -> Bool {
        var at = 0
        while at < segment.bytes.count {
            guard let header = Pack(UnsafeRawBufferPointer(rebasing: segment.bytes[at...])) else { return false }
            let end = at + Pack.headerSize + header.payload
            at += Pack.headerSize
            for _ in 0..<header.count {
                let rest = UnsafeRawBufferPointer(rebasing: segment.bytes[at..<end])
                guard let size = StoredMessage.size(at: rest) else { return false }
                at += size
            }
            guard at == end else { return false }
        }
        return true
    }

    /// What is read of a message is read again as it is written.
    private static func again(_ fields: MessageFields) throws {
        guard fields.headers.count <= Int(UInt16.max) else { return }
        var slab = ByteSlab(capacity: 64)
        StoredMessage.append(fields, to: &slab)
        let read = StoredMessage.fields(of: slab.bytes)
        let parts: [KeyPath<MessageFields, UnsafeRawBufferPointer>] = [
            \.id, \.key, \.process, \.cause, \.headers, \.body,
        ]
        for part in parts {
            try BrokenProperty.unless(
                read?[keyPath: part].elementsEqual(fields[keyPath: part]) == true, "a message is written otherwise")
        }
    }

    static var seeds: [[UInt8]] {
        func segment(_ messages: [(id: [UInt8], headers: [UInt8], body: [UInt8])], limit: Int) -> [UInt8] {
            let segment = Segment(topic: 5, base: base, total: 0, packLimit: limit)
            for message in messages {
                var slab = ByteSlab(capacity: 64)
                message.id.withUnsafeBytes { id in
                    message.headers.withUnsafeBytes { headers in
                        message.body.withUnsafeBytes { body in
                            var fields = MessageFields()
                            (fields.id, fields.key, fields.process, fields.cause) = (id, id, id, id)
                            (fields.headers, fields.body) = (headers, body)
                            StoredMessage.append(fields, to: &slab)
                        }
                    }
                }
                segment.append(messages: slab.bytes, time: 7)
            }
            segment.close()
            return Array(segment.bytes)
        }
        let plain: (id: [UInt8], headers: [UInt8], body: [UInt8]) = ([], [], [104, 105])
        let full: (id: [UInt8], headers: [UInt8], body: [UInt8]) = (Array("o-1".utf8), Array("a: b\n".utf8), [1, 2])
        return [
            segment([plain], limit: Pack.largest), segment([plain, full, plain], limit: Pack.largest),
            segment([plain, full, ([], [], [UInt8](repeating: 7, count: 200)), plain], limit: 100),
        ]
    }
}
