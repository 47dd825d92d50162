// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
package import NIOCore

/// Writes commands as the parser reads them; publishes that say no time are written by `PublishEncoder` alone.
///
/// It checks nothing: what the broker would refuse is written all the same. No field can end its line early, since
/// bytes that have a meaning are written as `%XX`.
package enum CommandEncoder {
    /// Writes a command with its line end, and the data that follows it.
    ///
    /// - Returns: how many bytes its line has without the line end, which has a limit.
    @discardableResult
    package static func write(_ command: Command, into buffer: inout ByteBuffer) -> Int {
        if case .publish(let message) = command { return write(message, into: &buffer) }
        let start = buffer.writerIndex
        line(of: command, &buffer)
        let length = buffer.writerIndex - start
        buffer.writeInteger(ASCII.lf)
        if case .set(let record) = command {
            buffer.writeBytes(record.value)
            buffer.writeInteger(ASCII.lf)
        }
        return length
    }

    private static func line(of command: Command, _ buffer: inout ByteBuffer) {
        switch command {
        case .publish: preconditionFailure("it is written with its data")
        case .subscribe(let subscribe): write(subscribe, &buffer)
        case .settle(let settle): write(settle, &buffer)
        case .touch(let touch): write(touch, &buffer)
        case .window(let consumer, let window):
            buffer.writeStaticString("WINDOW")
            buffer.writePart(consumer)
            buffer.writePart(window)
        case .unsubscribe(let consumer):
            buffer.writeStaticString("UNSUB")
            buffer.writePart(consumer)
        case .begin(let id, _):
            buffer.writeStaticString("BEGIN")
            buffer.writeOption(" id=", bytes: id)
        case .commit: buffer.writeStaticString("COMMIT")
        case .abort: buffer.writeStaticString("ABORT")
        case .outcome(let id):
            buffer.writeStaticString("OUTCOME")
            buffer.writePart(id)
        case .get(let space, let key): write("GET", space, key, &buffer)
        case .set(let record): write(record, &buffer)
        case .unset(let space, let key, let expected):
            write("UNSET", space, key, &buffer)
            write(expected, &buffer)
        case .check(let space, let key, let version):
            write("CHECK", space, key, &buffer)
            buffer.writeOption(" version=", number: version)
        case .list(let list): write(list, &buffer)
        case .receipt(let receipt): write(receipt, &buffer)
        case .ping: buffer.writeStaticString("PING")
        case .bye: buffer.writeStaticString("BYE")
        case .createTopic, .createSubscription, .alterTopic, .alterSubscription, .deleteTopic, .deleteSubscription,
            .pause, .resume, .seek, .purge, .redrive, .stopRedrive, .info:
            writeAdministration(command, &buffer)
        case .peek, .scheduled, .parked, .cancel, .reschedule, .resolve, .why, .tree, .expect, .unexpect:
            writeAboutMessages(command, &buffer)
        }
    }

    static func write(_ word: StaticString, _ name: String, _ buffer: inout ByteBuffer) {
        buffer.writeStaticString(word)
        buffer.writePart(name)
    }

    static func write(_ word: StaticString, _ topic: String, _ name: String, _ buffer: inout ByteBuffer) {
        write(word, topic, &buffer)
        buffer.writePart(name)
    }

    static func write(_ word: StaticString, _ space: String, _ key: [UInt8], _ buffer: inout ByteBuffer) {
        write(word, space, &buffer)
        buffer.writePart(key)
    }

    /// Writes the `HELLO` that opens a conversation.
    package static func write(_ hello: Hello, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HELLO ")
        for (index, version) in hello.versions.enumerated() {
            if index > 0 { buffer.writeInteger(ASCII.comma) }
            buffer.writeNumber(version)
        }
        buffer.writeOption(" client=", text: hello.client)
        buffer.writeOption(" token=", text: hello.token)
        buffer.writeOption(" session=", text: hello.session)
        buffer.writeOption(" heartbeat=", number: hello.heartbeat)
        buffer.writeInteger(ASCII.lf)
    }

    /// Writes the answer to a `PING`.
    package static func writePong(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("PONG\n")
    }
}
