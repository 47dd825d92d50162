// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

extension Draft {
    /// Writes the command that publishes the message to its topic.
    ///
    /// - Throws: `badArgument` that says what cannot be written; the buffer may hold a part of it then.
    func write(to buffer: inout ByteBuffer, id: String?, headers: Headers) throws(ClientError) {
        try Check.name(topic, "topic")
        try write(to: &buffer, with: PublishEncoder(topic: topic), id: id, headers: headers)
    }

    /// Writes the command that publishes the message to the topic of an encoder.
    ///
    /// - Throws: `badArgument` that says what cannot be written; the buffer may hold a part of it then.
    func write(
        to buffer: inout ByteBuffer, with encoder: PublishEncoder, id: String?, headers: Headers
    ) throws(ClientError) {
        try Check.length(body.count, "body", Limits.bodyCeiling)
        var fields = PublishEncoder.Fields()
        fields.id = try Self.field(id, "id")
        fields.key = try Self.field(key, "key")
        fields.process = try Self.field(process, "process")
        fields.cause = try Self.field(cause, "cause")
        fields.headers = try headers.block()
        fields.schedule = try schedule()
        fields.ttl = try ttl.map { ttl throws(ClientError) in
            try Check.duration(ttl, "ttl", 1...Limits.duration)
        }
        let length = body.withUnsafeBytes { encoder.write(fields, body: $0, into: &buffer) }
        guard length <= Limits.line else {
            throw ClientError(.badArgument, "id, key, process, cause: together longer than a line")
        }
    }

    /// When it is to become visible, as the protocol has it; nil is at once.
    private func schedule() throws(ClientError) -> Schedule? {
        guard let delay else { return at.map { .at($0) } }
        guard at == nil else { throw ClientError(.badArgument, "delay, at: expected one of them") }
        return .delay(try Check.duration(delay, "delay", 0...Limits.schedule))
    }

    private static func field(_ value: String?, _ name: StaticString) throws(ClientError) -> [UInt8] {
        guard let value else { return [] }
        try Check.identifier(value, name)
        return Array(value.utf8)
    }
}

extension Headers {
    /// The headers as the protocol writes them.
    ///
    /// - Throws: `badArgument` that says what is wrong with them.
    package func block() throws(ClientError) -> [UInt8] {
        let block: [UInt8]
        do {
            block = try HeaderBlock.bytes(of: all)
        } catch {
            throw ClientError(.badArgument, error.text)
        }
        try Check.length(block.count, "headers", Limits.headers)
        return block
    }
}
