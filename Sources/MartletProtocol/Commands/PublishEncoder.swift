// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
package import NIOCore

/// Writes the publishes of one topic: the data path of clients, so without a string per message.
package struct PublishEncoder: Sendable {
    /// What a message says beside its topic and its body; what is empty is absent.
    package struct Fields: Sendable {
        /// The id.
        package var id: [UInt8] = []
        /// The key.
        package var key: [UInt8] = []
        /// The process.
        package var process: [UInt8] = []
        /// The cause.
        package var cause: [UInt8] = []
        /// The headers, as `HeaderBlock` writes them.
        package var headers: [UInt8] = []
        /// When the message becomes visible; nil is at once.
        package var schedule: Schedule?
        /// How long it is delivered from then on, in milliseconds; nil is without end.
        package var ttl: Int?

        /// Makes fields that say nothing.
        package init() {}
    }

    /// `PUB`, the topic and the space behind it.
    private let start: [UInt8]

    /// Makes the encoder of a topic.
    package init(topic: String) {
        var line = ByteBuffer()
        CommandEncoder.write("PUB", topic, &line)
        line.writeInteger(ASCII.space)
        start = Array(line.readableBytesView)
    }

    /// Writes a message with all that belongs to it.
    ///
    /// - Returns: how many bytes its line has without the line end, which has a limit.
    @discardableResult
    package func write(_ fields: Fields, body: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) -> Int {
        let options = fields.id.count + fields.key.count + fields.process.count + fields.cause.count
        let size = start.count + 3 * options + fields.headers.count + body.count + 192
        var length = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
            var writer = WireWriter(space)
            start.withUnsafeBytes { writer.bytes($0) }
            writer.number(UInt64(body.count))
            fields.id.withUnsafeBytes { writer.option(" id=", $0) }
            fields.key.withUnsafeBytes { writer.option(" key=", $0) }
            fields.process.withUnsafeBytes { writer.option(" process=", $0) }
            fields.cause.withUnsafeBytes { writer.option(" cause=", $0) }
            Self.write(fields.schedule, ttl: fields.ttl, &writer)
            if !fields.headers.isEmpty {
                writer.text(" hdr=")
                writer.number(UInt64(fields.headers.count))
            }
            length = writer.count
            writer.byte(ASCII.lf)
            fields.headers.withUnsafeBytes { writer.bytes($0) }
            writer.bytes(body)
            writer.byte(ASCII.lf)
            return writer.count
        }
        return length
    }

    /// Writes what a message says about its time: 80 bytes at most.
    private static func write(_ schedule: Schedule?, ttl: Int?, _ writer: inout WireWriter) {
        switch schedule {
        case .delay(let delay):
            writer.text(" delay=")
            writer.milliseconds(delay)
        case .at(let time):
            writer.text(" at=")
            writer.number(time)
        case nil: break
        }
        guard let ttl else { return }
        writer.text(" ttl=")
        writer.milliseconds(ttl)
    }

    /// Writes a message that is only a body.
    package func write(body: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: start.count + body.count + 64) { space in
            var writer = WireWriter(space)
            start.withUnsafeBytes { writer.bytes($0) }
            writer.number(UInt64(body.count))
            writer.byte(ASCII.lf)
            writer.bytes(body)
            writer.byte(ASCII.lf)
            return writer.count
        }
    }

    /// Writes a message that is a body with an id: a prefix of bytes that need no encoding, and a number.
    package func write(
        body: UnsafeRawBufferPointer, idPrefix: [UInt8], idNumber: UInt64, into buffer: inout ByteBuffer
    ) {
        let size = start.count + idPrefix.count + body.count + 64
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
            var writer = WireWriter(space)
            start.withUnsafeBytes { writer.bytes($0) }
            writer.number(UInt64(body.count))
            writer.text(" id=")
            idPrefix.withUnsafeBytes { writer.bytes($0) }
            writer.number(idNumber)
            writer.byte(ASCII.lf)
            writer.bytes(body)
            writer.byte(ASCII.lf)
            return writer.count
        }
    }
}
