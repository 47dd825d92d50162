// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// One message as packs hold it.
///
/// A record is `size` (varint, bytes that follow), flags, then for each flag in order its field, then the body:
/// id, key, process and cause with one byte of length, headers with two. The article `DataFile` is the
/// specification.
package enum StoredMessage {
    private static let hasID: UInt8 = 1
    private static let hasKey: UInt8 = 2
    private static let hasProcess: UInt8 = 4
    private static let hasCause: UInt8 = 8
    private static let hasHeaders: UInt8 = 16
    private static let hasExpiry: UInt8 = 32
    private static let hasLateness: UInt8 = 64

    /// Appends a record to a slab and returns its size.
    @inline(__always)
    @discardableResult
    package static func append(_ fields: MessageFields, to slab: inout ByteSlab) -> Int {
        let named = fields.id.count | fields.key.count | fields.process.count | fields.cause.count
        if fields.expires != 0 || fields.late != 0 { return appendTimed(fields, to: &slab) }
        return append(fields, named: named != 0, to: &slab)
    }

    /// Appends a record that says when its time ends, or how late it is.
    private static func appendTimed(_ fields: MessageFields, to slab: inout ByteSlab) -> Int {
        var plain = ByteSlab(capacity: fields.body.count + fields.headers.count + 900)
        let size = append(fields, named: true, to: &plain)
        guard let (value, width) = varint(at: plain.bytes) else { preconditionFailure("a record without a size") }
        let times = (fields.expires != 0 ? 8 : 0) + (fields.late != 0 ? 4 : 0)
        var writer = slab.reserve(size + times + 5)
        let start = writer
        writeVarint(UInt32(value + times), &writer)
        let flags = (fields.expires != 0 ? hasExpiry : 0) | (fields.late != 0 ? hasLateness : 0)
        store(plain.bytes[width] | flags, &writer)
        // The times stand between the fields and the body.
        let body = size - fields.body.count
        copy(UnsafeRawBufferPointer(rebasing: plain.bytes[(width + 1)..<body]), &writer)
        if fields.expires != 0 { withUnsafeBytes(of: fields.expires.littleEndian) { copy($0, &writer) } }
        if fields.late != 0 { withUnsafeBytes(of: fields.late.littleEndian) { copy($0, &writer) } }
        copy(fields.body, &writer)
        slab.advance(writer - start)
        return writer - start
    }

    private static func append(_ fields: MessageFields, named: Bool, to slab: inout ByteSlab) -> Int {
        var size = 1 + fields.body.count
        var flags: UInt8 = 0
        if named {
            count(fields.id, hasID, &size, &flags)
            count(fields.key, hasKey, &size, &flags)
            count(fields.process, hasProcess, &size, &flags)
            count(fields.cause, hasCause, &size, &flags)
        }
        if !fields.headers.isEmpty {
            precondition(fields.headers.count <= Int(UInt16.max))
            size += 2 + fields.headers.count
            flags |= hasHeaders
        }
        var writer = slab.reserve(size + 5)
        let start = writer
        writeVarint(UInt32(size), &writer)
        store(flags, &writer)
        if named {
            write(fields.id, &writer)
            write(fields.key, &writer)
            write(fields.process, &writer)
            write(fields.cause, &writer)
        }
        if !fields.headers.isEmpty {
            store(UInt8(truncatingIfNeeded: fields.headers.count), &writer)
            store(UInt8(truncatingIfNeeded: fields.headers.count >> 8), &writer)
            copy(fields.headers, &writer)
        }
        copy(fields.body, &writer)
        slab.advance(writer - start)
        return writer - start
    }

    private static func count(_ field: UnsafeRawBufferPointer, _ flag: UInt8, _ size: inout Int, _ flags: inout UInt8) {
        guard !field.isEmpty else { return }
        precondition(field.count <= Int(UInt8.max))
        size += 1 + field.count
        flags |= flag
    }

    private static func write(_ field: UnsafeRawBufferPointer, _ writer: inout UnsafeMutableRawPointer) {
        guard !field.isEmpty else { return }
        store(UInt8(truncatingIfNeeded: field.count), &writer)
        copy(field, &writer)
    }

    @inline(__always)
    private static func copy(_ bytes: UnsafeRawBufferPointer, _ writer: inout UnsafeMutableRawPointer) {
        guard let source = bytes.baseAddress else { return }
        writer.copyMemory(from: source, byteCount: bytes.count)
        writer += bytes.count
    }

    @inline(__always)
    private static func store(_ byte: UInt8, _ writer: inout UnsafeMutableRawPointer) {
        writer.storeBytes(of: byte, as: UInt8.self)
        writer += 1
    }

    @inline(__always)
    private static func writeVarint(_ value: UInt32, _ writer: inout UnsafeMutableRawPointer) {
        var rest = value
        while rest >= 0x80 {
            store(UInt8(truncatingIfNeeded: rest) | 0x80, &writer)
            rest >>= 7
        }
        store(UInt8(truncatingIfNeeded: rest), &writer)
    }

    /// The size of the message at the start of `bytes`, its own size field included; nil when it is malformed.
    @inline(__always)
    package static func size(at bytes: UnsafeRawBufferPointer) -> Int? {
        guard let (value, width) = varint(at: bytes), value > 0, width + value <= bytes.count else { return nil }
        return width + value
    }

    @inline(__always)
    private static func varint(at bytes: UnsafeRawBufferPointer) -> (value: Int, width: Int)? {
        var value = 0
        var width = 0
        while width < bytes.count, width < 5 {
            let byte = bytes[width]
            value |= Int(byte & 0x7F) << (7 * width)
            width += 1
            if byte < 0x80 { return (value, width) }
        }
        return nil
    }

    /// The fields of the message at the start of `bytes`; nil when it is malformed.
    package static func fields(of bytes: UnsafeRawBufferPointer) -> MessageFields? {
        guard let (value, width) = varint(at: bytes), value > 0, width + value <= bytes.count else { return nil }
        var rest = UnsafeRawBufferPointer(rebasing: bytes[width..<(width + value)])
        let flags = rest[0]
        rest = UnsafeRawBufferPointer(rebasing: rest[1...])
        var fields = MessageFields()
        if flags != 0 {
            guard take(flags & hasID, &rest, &fields.id), take(flags & hasKey, &rest, &fields.key),
                take(flags & hasProcess, &rest, &fields.process), take(flags & hasCause, &rest, &fields.cause)
            else { return nil }
            if flags & hasHeaders != 0 {
                guard rest.count >= 2 else { return nil }
                let count = Int(rest[0]) | Int(rest[1]) << 8
                guard rest.count >= 2 + count else { return nil }
                fields.headers = UnsafeRawBufferPointer(rebasing: rest[2..<(2 + count)])
                rest = UnsafeRawBufferPointer(rebasing: rest[(2 + count)...])
            }
        }
        if flags & (hasExpiry | hasLateness) != 0 {
            guard takeTimes(flags, &rest, &fields) else { return nil }
        }
        fields.body = rest
        return fields
    }

    private static func takeTimes(
        _ flags: UInt8, _ rest: inout UnsafeRawBufferPointer, _ fields: inout MessageFields
    ) -> Bool {
        let times = (flags & hasExpiry != 0 ? 8 : 0) + (flags & hasLateness != 0 ? 4 : 0)
        guard rest.count >= times else { return false }
        if flags & hasExpiry != 0 { fields.expires = UInt64(littleEndian: rest.loadUnaligned(as: UInt64.self)) }
        if flags & hasLateness != 0 {
            fields.late = UInt32(littleEndian: rest.loadUnaligned(fromByteOffset: times - 4, as: UInt32.self))
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[times...])
        return true
    }

    private static func take(
        _ flag: UInt8, _ rest: inout UnsafeRawBufferPointer, _ field: inout UnsafeRawBufferPointer
    ) -> Bool {
        guard flag != 0 else { return true }
        guard let count = rest.first.map(Int.init), rest.count >= 1 + count else { return false }
        field = UnsafeRawBufferPointer(rebasing: rest[1..<(1 + count)])
        rest = UnsafeRawBufferPointer(rebasing: rest[(1 + count)...])
        return true
    }
}
