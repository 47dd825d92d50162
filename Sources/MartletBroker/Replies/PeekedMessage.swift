// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

/// A message that was looked at.
package struct PeekedMessage: Sendable {
    /// Its offset.
    package var offset: UInt64
    /// When it was published, in Unix milliseconds.
    package var time: UInt64
    let segment: Segment
    let start: Int
    let size: Int

    /// Its fields, valid as long as this value lives.
    ///
    /// Ask a value that has a name: one that is only passed by is gone before its fields are read. See `withFields`.
    package var fields: MessageFields? { segment.fields(start: start, size: size) }

    /// Gives its fields to a closure, for which it lives; nil when they cannot be read.
    @discardableResult
    func withFields<Result>(_ body: (MessageFields) -> Result) -> Result? {
        withExtendedLifetime(segment) { segment.fields(start: start, size: size).map(body) }
    }
}

extension PeekedMessage: JSONForm {
    package func write(to writer: inout JSONWriter) { write(to: &writer, bodyLimit: .max) }

    /// Writes it with no more of its body than so many bytes; beside one that was cut stands how long it is.
    package func write(to writer: inout JSONWriter, bodyLimit: Int) {
        let fields = fields ?? MessageFields()
        let body = Self.cut(fields.body, to: bodyLimit)
        writer.object { writer in
            writer.member("body", body)
            if body.count < fields.body.count { writer.member("bodyBytes", fields.body.count) }
            if !fields.cause.isEmpty { writer.member("cause", fields.cause) }
            writer.name("headers")
            writer.object { writer in
                for header in HeaderBlock.pairs(in: fields.headers).sorted(by: { $0.name < $1.name }) {
                    writer.name(header.name)
                    writer.string(header.value)
                }
            }
            if !fields.id.isEmpty { writer.member("id", fields.id) }
            if !fields.key.isEmpty { writer.member("key", fields.key) }
            writer.member("offset", offset)
            if !fields.process.isEmpty { writer.member("process", fields.process) }
            writer.member("time", time)
        }
    }

    /// The beginning of a body; a character that would be cut in two is left out.
    private static func cut(_ body: UnsafeRawBufferPointer, to limit: Int) -> Slice<UnsafeRawBufferPointer> {
        guard body.count > limit else { return body[...] }
        let end = (max(0, limit - 3)...limit).last { body[$0] & 0xC0 != 0x80 }
        return body[..<(end ?? limit)]
    }
}
