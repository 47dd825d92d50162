// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletProtocol
import NIOCore

/// Writes what the broker says to one connection as the wire has it.
struct OutboxEncoder {
    /// Bytes of deliveries that lie in one buffer; a message that is larger has its own.
    static let bufferBytes = 256 << 10

    /// What a `HELLO` is answered, given the session.
    let welcome: (String) -> String
    /// Publishes that are answered by what was written.
    private(set) var publishes = 0
    /// Other commands that are answered by what was written.
    private(set) var commands = 0
    /// Whether the connection ends behind what was written.
    private(set) var closes = false

    init(welcome: @escaping (String) -> String) {
        self.welcome = welcome
    }

    /// Writes everything into buffers of some `bufferBytes`, each of which gives its memory back when it was taken.
    ///
    /// - Parameter write: takes each buffer but the last.
    /// - Returns: the last buffer.
    mutating func encode(
        _ outbox: Outbox, _ allocator: ByteBufferAllocator, write: (ByteBuffer) -> Void
    ) -> ByteBuffer {
        let estimate = 1_024 + 256 * outbox.deliveries.count
        var buffer = allocator.buffer(capacity: min(estimate, Self.bufferBytes))
        encodeReplies(of: outbox, into: &buffer, allocator, write: write)
        var (segment, bytes) = (Int32(-1), UnsafeRawBufferPointer(start: nil, count: 0))
        for delivery in outbox.deliveries {
            if delivery.segment != segment {
                (segment, bytes) = (delivery.segment, outbox.bytes(ofSegment: delivery.segment))
            }
            if buffer.readableBytes > 0, buffer.readableBytes + delivery.size > Self.bufferBytes {
                write(buffer)
                buffer = allocator.buffer(capacity: max(min(estimate, Self.bufferBytes), delivery.size))
            }
            encode(delivery, of: outbox, in: bytes, into: &buffer)
        }
        return buffer
    }

    private mutating func encodeReplies(
        of outbox: Outbox, into buffer: inout ByteBuffer, _ allocator: ByteBufferAllocator, write: (ByteBuffer) -> Void
    ) {
        for item in outbox.items {
            switch item {
            case .published(let first, let count, let unseen):
                ReplyEncoder.published(first: first, count: count, unseen: unseen, into: &buffer)
                publishes += count
            case .duplicate(let offset):
                ReplyEncoder.line("DUP \(offset)", into: &buffer)
                publishes += 1
            case .queued(let count, let arePublishes):
                ReplyEncoder.queued(count, into: &buffer)
                if arePublishes { publishes += count } else { commands += count }
            case .refused(let count, let index):
                guard case .refused(let refusal) = outbox.replies[index] else { preconditionFailure() }
                for _ in 0..<count { encode(refusal, into: &buffer) }
                publishes += count
            case .settled(let count):
                ReplyEncoder.ok(count, into: &buffer)
                commands += 1
            case .ok:
                ReplyEncoder.line("OK", into: &buffer)
                commands += 1
            case .pong:
                ReplyEncoder.line("PONG", into: &buffer)
                commands += 1
            case .reply(let index):
                if let json = outbox.replies[index].json {
                    encode(data: json, into: &buffer, allocator, write: write)
                } else {
                    encode(outbox.replies[index], into: &buffer)
                }
            }
        }
    }

    /// Writes a delivery, whose message lies in the bytes of its segment.
    private func encode(
        _ delivery: Delivery, of outbox: Outbox, in bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer
    ) {
        guard let message = Outbox.fields(of: delivery, in: bytes) else {
            preconditionFailure("a record whose pack was intact is malformed")
        }
        var push = Push(
            consumer: delivery.consumer, tag: delivery.tag, offset: delivery.offset, attempt: UInt64(delivery.attempt),
            time: delivery.time, message: message)
        push.failures = UInt64(delivery.failures)
        if delivery.note >= 0 { push.note = outbox.notes[Int(delivery.note)] }
        if delivery.receipt >= 0 { push.receipt = outbox.receipts[Int(delivery.receipt)] }
        ReplyEncoder.push(push, into: &buffer)
    }

    private func encode(_ refusal: Refusal, into buffer: inout ByteBuffer) {
        ReplyEncoder.error(refusal, into: &buffer)
    }

    private mutating func encode(_ reply: Reply, into buffer: inout ByteBuffer) {
        commands += 1
        switch reply {
        case .refused(let refusal): encode(refusal, into: &buffer)
        case .welcome(let session):
            ReplyEncoder.line(welcome(session), into: &buffer)
        case .replaced:
            commands -= 1
            closes = true
            ReplyEncoder.line("BYE reason=replaced", into: &buffer)
        case .resumed(let tags, let lease):
            let word = tags.isEmpty ? "resumed" : "resumed=\(TagList.text(tags))"
            ReplyEncoder.line("OK \(word) lease=\(DurationCoding.encode(lease))", into: &buffer)
        case .committed(let count, let offsets, let duplicates):
            let tail =
                (offsets.isEmpty ? "" : " offsets=\(OffsetList.text(offsets))")
                + (duplicates.isEmpty ? "" : " dups=\(OffsetList.text(duplicates.map(UInt64.init)))")
            ReplyEncoder.line("OK \(count)\(tail)", into: &buffer)
        case .outcome(let word): ReplyEncoder.line("OK \(word)", into: &buffer)
        case .record(let version, let time, let expires, let value):
            let end = expires.map { " expires=\($0)" } ?? ""
            ReplyEncoder.data(value, options: " version=\(version) time=\(time)\(end)", into: &buffer)
        case .none: ReplyEncoder.line("NIL", into: &buffer)
        case .subscribed(let isNew, let lease):
            ReplyEncoder.line("OK \(isNew ? "created " : "")lease=\(DurationCoding.encode(lease))", into: &buffer)
        case .settled(let count, let lost):
            ReplyEncoder.line("OK \(count) lost=\(TagList.text(lost))", into: &buffer)
        case .touched(let count, let until, let lost):
            let tail = lost.isEmpty ? "" : " lost=\(TagList.text(lost))"
            ReplyEncoder.line("OK \(count) until=\(until)\(tail)", into: &buffer)
        case .scheduled(let due): ReplyEncoder.line("OK 0 due=\(due)", into: &buffer)
        case .scheduledBefore(let due): ReplyEncoder.line("DUP 0 due=\(due)", into: &buffer)
        case .met(let offset): ReplyEncoder.line("OK met=\(offset)", into: &buffer)
        case .lost(let consumer, let tags, let reason):
            commands -= 1
            ReplyEncoder.line("LOST \(consumer) \(TagList.text(tags)) \(reason)", into: &buffer)
        case .gone(let consumer, let reason):
            commands -= 1
            ReplyEncoder.line("GONE \(consumer) \(reason)", into: &buffer)
        case .stopping:
            commands -= 1
            ReplyEncoder.line("BYE reason=shutdown", into: &buffer)
        case .goodbye:
            closes = true
            ReplyEncoder.line("OK", into: &buffer)
        case .closing(let refusal):
            closes = true
            encode(refusal, into: &buffer)
        case .json, .records, .messages, .broker, .topic, .subscription, .leases, .survey:
            preconditionFailure("it is written as data")
        }
    }

    /// Writes `DATA` with a body of any size, in buffers of no more than `bufferBytes`.
    private mutating func encode(
        data body: [UInt8], into buffer: inout ByteBuffer, _ allocator: ByteBufferAllocator, write: (ByteBuffer) -> Void
    ) {
        commands += 1
        ReplyEncoder.line("DATA \(body.count)", into: &buffer)
        var rest = body[...]
        while buffer.readableBytes + rest.count > Self.bufferBytes {
            let part = rest.prefix(max(0, Self.bufferBytes - buffer.readableBytes))
            buffer.writeBytes(part)
            rest = rest.dropFirst(part.count)
            write(buffer)
            buffer = allocator.buffer(capacity: min(rest.count + 2, Self.bufferBytes))
        }
        buffer.writeBytes(rest)
        buffer.writeStaticString("\r\n")
    }
}
