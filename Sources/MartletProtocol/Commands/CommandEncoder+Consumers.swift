// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore

// The commands of a consumer: SUB with its settings, and what settles and extends deliveries.
extension CommandEncoder {
    static func write(_ subscribe: Subscribe, _ buffer: inout ByteBuffer) {
        buffer.writeStaticString("SUB")
        buffer.writePart(subscribe.consumer)
        buffer.writePart(subscribe.topic)
        buffer.writePart(subscribe.subscription)
        buffer.writeOption(" window=", number: subscribe.window)
        if let from = subscribe.from {
            buffer.writeStaticString(" from=")
            write(from, &buffer)
        }
        write(subscribe.options, &buffer)
        if subscribe.grace != 0 { buffer.writeOption(" grace=", duration: subscribe.grace) }
        if subscribe.alters { buffer.writeStaticString(" alter") }
    }

    static func write(_ settings: SubscriptionOptions, _ buffer: inout ByteBuffer) {
        buffer.writeOption(" lease=", duration: settings.lease)
        buffer.writeOption(" max-failures=", number: settings.maxFailures)
        buffer.writeOption(" max-deliveries=", number: settings.maxDeliveries)
        if let backoff = settings.backoff, !backoff.isEmpty {
            buffer.writeStaticString(" backoff=")
            for (index, delay) in backoff.enumerated() {
                if index > 0 { buffer.writeInteger(ASCII.comma) }
                buffer.writeDuration(delay)
            }
        }
        if settings.ephemeral { buffer.writeStaticString(" ephemeral") }
        buffer.writeOption(" order=", text: settings.order?.word)
        buffer.writeOption(" on-poison=", text: settings.onPoison?.word)
        buffer.writeOption(" on-expire=", text: settings.onExpire?.word)
        buffer.writeOption(" expect=", durationOrNone: settings.expect)
        buffer.writeOption(" expire-after=", durationOrNone: settings.expireAfter)
        guard let filter = settings.filter else { return }
        if !filter.header.isEmpty {
            buffer.writeOption(" where=", text: filter.header)
            buffer.writeInteger(ASCII.colon)
            buffer.writeField(filter.value)
        }
        if !filter.keyPrefix.isEmpty { buffer.writeOption(" key-prefix=", bytes: filter.keyPrefix) }
    }

    static func write(_ start: Start, _ buffer: inout ByteBuffer) {
        switch start {
        case .earliest: buffer.writeStaticString("earliest")
        case .new: buffer.writeStaticString("new")
        case .offset(let offset): buffer.writeOption("offset:", number: offset)
        case .time(let time): buffer.writeOption("time:", number: time)
        }
    }

    static func write(_ settings: TopicOptions, _ buffer: inout ByteBuffer) {
        buffer.writeOption(" retention=", text: settings.retention?.word)
        buffer.writeOption(" unsettled=", text: settings.unsettled?.word)
        buffer.writeOption(" max-age=", durationOrNone: settings.maxAge)
        buffer.writeOption(" max-bytes=", numberOrNone: settings.maxBytes)
        buffer.writeOption(" max-messages=", numberOrNone: settings.maxMessages)
        buffer.writeOption(" dedup-window=", duration: settings.dedupWindow)
    }

    static func write(_ settle: Settle, _ buffer: inout ByteBuffer) {
        buffer.writeString(settle.verb.rawValue)
        buffer.writePart(settle.consumer)
        write(settle.tags, &buffer)
        buffer.writeOption(" delay=", duration: settle.delay)
        if !settle.code.isEmpty { buffer.writeOption(" code=", text: settle.code) }
        if !settle.note.isEmpty { buffer.writeOption(" note=", text: settle.note) }
    }

    static func write(_ touch: Touch, _ buffer: inout ByteBuffer) {
        buffer.writeStaticString("TOUCH")
        buffer.writePart(touch.consumer)
        write(touch.tags, &buffer)
        buffer.writeOption(" for=", duration: touch.extend)
        buffer.writeOption(" progress=", number: touch.progress)
        buffer.writeOption(" note=", text: touch.note)
    }

    private static func write(_ tags: [ClosedRange<UInt64>], _ buffer: inout ByteBuffer) {
        for (index, range) in tags.enumerated() {
            buffer.writeInteger(index == 0 ? ASCII.space : ASCII.comma)
            buffer.writeNumber(range.lowerBound)
            guard range.lowerBound < range.upperBound else { continue }
            buffer.writeInteger(ASCII.dash)
            buffer.writeNumber(range.upperBound)
        }
    }
}
