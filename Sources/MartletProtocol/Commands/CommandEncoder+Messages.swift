// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore

// The commands about single messages and about processes.
extension CommandEncoder {
    static func writeAboutMessages(_ command: Command, _ buffer: inout ByteBuffer) {
        switch command {
        case .peek(let topic, let offset, let limit):
            write("PEEK", topic, &buffer)
            buffer.writePart(offset)
            buffer.writeOption(" limit=", number: limit)
        case .scheduled(let topic, let limit, let time, let number):
            write("SCHEDULED", topic, &buffer)
            buffer.writeOption(" limit=", number: limit)
            guard time > 0 || number > 0 else { return }
            buffer.writeOption(" after=", number: time)
            buffer.writeInteger(ASCII.dash)
            buffer.writeNumber(number)
        case .parked(let topic, let name, let limit, let after):
            write("PARKED", topic, name, &buffer)
            buffer.writeOption(" limit=", number: limit)
            if after > 0 { buffer.writeOption(" after=", number: after) }
        case .cancel(let topic, let id): write("CANCEL", topic, id, &buffer)
        case .reschedule(let topic, let id, let schedule):
            write("RESCHEDULE", topic, id, &buffer)
            write(schedule, &buffer)
        case .resolve(let resolve):
            write("RESOLVE", resolve.topic, resolve.subscription, &buffer)
            buffer.writePart(resolve.offset)
            buffer.writePart(resolve.decision.rawValue)
            if !resolve.note.isEmpty { buffer.writeOption(" note=", text: resolve.note) }
        case .why(let topic, let message, let subscription):
            write("WHY", topic, &buffer)
            write(message, &buffer)
            if let subscription { buffer.writePart(subscription) }
        case .tree(let process, let limit):
            buffer.writeStaticString("TREE")
            buffer.writePart(process)
            buffer.writeOption(" limit=", number: limit)
        case .expect(let expect): write(expect, &buffer)
        case .unexpect(let process, let topic, let id):
            write("UNEXPECT", process, topic, &buffer)
            if !id.isEmpty { buffer.writeOption(" id=", bytes: id) }
        default: preconditionFailure("it is about something else")
        }
    }

    private static func write(_ schedule: Schedule, _ buffer: inout ByteBuffer) {
        switch schedule {
        case .delay(let delay): buffer.writeOption(" delay=", duration: delay)
        case .at(let time): buffer.writeOption(" at=", number: time)
        }
    }

    private static func write(_ message: MessageReference, _ buffer: inout ByteBuffer) {
        switch message {
        case .offset(let offset): buffer.writePart(offset)
        case .id(let id): buffer.writeOption(" id:", bytes: id)
        }
    }

    private static func write(_ expect: Expect, _ buffer: inout ByteBuffer) {
        write("EXPECT", expect.process, expect.topic, &buffer)
        buffer.writeInteger(ASCII.space)
        buffer.writeDuration(expect.within)
        if !expect.id.isEmpty { buffer.writeOption(" id=", bytes: expect.id) }
        if expect.lookback > 0 { buffer.writeOption(" lookback=", duration: expect.lookback) }
    }

    private static func write(
        _ word: StaticString, _ process: [UInt8], _ topic: String, _ buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString(word)
        buffer.writePart(process)
        buffer.writePart(topic)
    }

    /// Writes a publish with its data.
    ///
    /// - Returns: how many bytes its line has without the line end.
    static func write(_ message: TimedPublish, into buffer: inout ByteBuffer) -> Int {
        var fields = PublishEncoder.Fields()
        (fields.id, fields.key, fields.process) = (message.id, message.key, message.process)
        (fields.cause, fields.headers) = (message.cause, message.headers)
        (fields.schedule, fields.ttl) = (message.schedule, message.ttl)
        return message.body.withUnsafeBytes { body in
            PublishEncoder(topic: message.topic).write(fields, body: body, into: &buffer)
        }
    }
}
