// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
package import NIOCore

/// Writes replies and pushes.
package enum ReplyEncoder {
    /// Writes `OK <offset>` for each of a run of publishes, with `subs=0` when no subscription will see them.
    package static func published(
        first: UInt64, count: Int, unseen: Bool, into buffer: inout ByteBuffer
    ) {
        let size = unseen ? 32 : 25
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count * size) { space in
            var writer = WireWriter(space)
            for offset in first..<(first + UInt64(count)) {
                writer.text("OK ")
                writer.number(offset)
                if unseen { writer.text(" subs=0") }
                writer.lineEnd()
            }
            return writer.count
        }
    }

    /// Writes `OK <n>`.
    package static func ok(_ number: UInt64, into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 32) { space in
            var writer = WireWriter(space)
            writer.text("OK ")
            writer.number(number)
            writer.lineEnd()
            return writer.count
        }
    }

    /// A line that is rare enough to be a string.
    package static func line(_ line: String, into buffer: inout ByteBuffer) {
        buffer.writeString(line)
        buffer.writeStaticString("\r\n")
    }

    /// Writes `ERR <code> <text>`.
    package static func error(_ error: Refusal, into buffer: inout ByteBuffer) {
        line("ERR \(error.code.rawValue) \(error.text)", into: &buffer)
    }

    /// Writes `QUEUED` as often as it is said.
    package static func queued(_ count: Int, into buffer: inout ByteBuffer) {
        for _ in 0..<count { buffer.writeStaticString("QUEUED\r\n") }
    }

    /// Writes `DATA <length>` with options, and the body.
    package static func data(_ body: [UInt8], options: String = "", into buffer: inout ByteBuffer) {
        line("DATA \(body.count)\(options)", into: &buffer)
        buffer.writeBytes(body)
        buffer.writeStaticString("\r\n")
    }

    /// Writes `MSG` and the message.
    package static func push(_ push: Push, into buffer: inout ByteBuffer) {
        let message = push.message
        let options = message.id.count + message.key.count + message.process.count + message.cause.count
        var receipt = push.receipt ?? ""
        let hasHistory = push.failures > 0 || push.note != nil || message.late >= lateFrom
        let size =
            256 + 3 * (options + receipt.utf8.count) + message.headers.count + message.body.count
            + (hasHistory ? Limits.line : 0)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
            var writer = WireWriter(space)
            writer.text("MSG ")
            writer.number(push.consumer)
            writer.byte(ASCII.space)
            writer.number(push.tag)
            writer.byte(ASCII.space)
            writer.number(push.offset)
            writer.byte(ASCII.space)
            writer.number(push.attempt)
            writer.byte(ASCII.space)
            writer.number(UInt64(message.body.count))
            writer.text(" time=")
            writer.number(push.time)
            if options > 0 {
                writer.option(" id=", message.id)
                writer.option(" key=", message.key)
                writer.option(" process=", message.process)
                writer.option(" cause=", message.cause)
            }
            if push.receipt != nil {
                receipt.withUTF8 { writer.option(" receipt=", UnsafeRawBufferPointer($0)) }
            }
            if hasHistory { writeHistory(of: push, &writer) }
            if !message.headers.isEmpty {
                writer.text(" hdr=")
                writer.number(UInt64(message.headers.count))
            }
            writer.lineEnd()
            writer.bytes(message.headers)
            writer.bytes(message.body)
            writer.lineEnd()
            return writer.count
        }
    }

    /// From how many milliseconds on a delay is told.
    private static let lateFrom: UInt32 = 1_000

    /// Writes what happened to a message before: at most as much as a line holds.
    private static func writeHistory(of push: Push, _ writer: inout WireWriter) {
        if push.message.late >= lateFrom {
            writer.text(" late=")
            writer.number(UInt64(push.message.late))
        }
        if push.failures > 0 {
            writer.text(" failures=")
            writer.number(push.failures)
        }
        guard let note = push.note, !note.isEmpty else { return }
        // What the line may hold behind its options as they are, the note's name and the length of the headers.
        let room = Limits.line - writer.count - " note=".utf8.count - " hdr=16384".utf8.count
        var fitting = fitting(note, room)
        fitting.withUTF8 { writer.option(" note=", UnsafeRawBufferPointer($0)) }
    }

    /// As much of a text as has at most so many bytes when it is written as a field, in whole characters.
    private static func fitting(_ text: String, _ room: Int) -> String {
        guard 3 * text.utf8.count > room else { return text }
        var size = 0
        let end = text.unicodeScalars.firstIndex { scalar in
            let isPlain = UInt8(exactly: scalar.value).map(ASCII.isPlain) ?? false
            size += isPlain ? 1 : 3 * UTF8.width(scalar)
            return size > room
        }
        return end.map { String(text[..<$0]) } ?? text
    }
}
