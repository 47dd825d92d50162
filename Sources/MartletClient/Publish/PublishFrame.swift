// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

extension Draft {
    /// Writes the command that publishes the message.
    ///
    /// - Throws: `badArgument` that says what cannot be written.
    func write(to buffer: inout ByteBuffer, id: String?, headers: Headers) throws(ClientError) {
        try Check.name(topic, "topic")
        try Check.length(body.count, "body", Limits.bodyCeiling)
        var line = "PUB \(topic) \(body.count)"
        try Self.option("id", id, &line)
        try Self.option("key", key, &line)
        try Self.option("process", process, &line)
        try Self.option("cause", cause, &line)
        let block = try Outgoing.headers(headers.all)
        try Check.length(block.count, "headers", Limits.headers)
        if !block.isEmpty { line += " hdr=\(block.count)" }
        guard line.utf8.count <= Limits.line else {
            throw ClientError(.badArgument, "id, key, process, cause: together longer than a line")
        }
        buffer.writeString(line)
        buffer.writeInteger(UInt8(ascii: "\n"))
        buffer.writeBytes(block)
        buffer.writeBytes(body)
        buffer.writeInteger(UInt8(ascii: "\n"))
    }

    private static func option(_ name: StaticString, _ value: String?, _ line: inout String) throws(ClientError) {
        guard let value else { return }
        try Check.identifier(value, name)
        line += " \(name)=\(Outgoing.field(value))"
    }
}
