// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Reads the lines of commands that carry no data.
enum CommandParser {
    /// The command that a line holds; nil for `PONG`, which asks for nothing.
    static func parse(_ line: UnsafeRawBufferPointer) throws(Refusal) -> Command? {
        var fields = FieldReader(line)
        guard let word = try fields.next() else { throw Refusal(.badCommand, "expected a command") }
        switch String(decoding: word, as: UTF8.self) {
        case "SUB": return try subscribe(&fields)
        case "ACK": return try settle(.ack, &fields)
        case "NACK": return try settle(.nack, &fields)
        case "RELEASE": return try settle(.release, &fields)
        case "REJECT": return try settle(.reject, &fields)
        case "TOUCH": return try touch(&fields)
        case "WINDOW": return try window(&fields)
        case "UNSUB":
            let consumer = try self.consumer(&fields)
            try fields.end()
            return .unsubscribe(consumer: consumer)
        case "CREATE": return try create(&fields)
        case "DELETE": return try delete(&fields)
        case "INFO": return try info(&fields)
        case "PEEK": return try peek(&fields)
        case "PURGE": return try purge(&fields)
        case "BEGIN": return begin(&fields)
        case "COMMIT": return try plain(.commit, &fields)
        case "ABORT": return try plain(.abort, &fields)
        case "OUTCOME": return try outcome(&fields)
        case "GET": return try get(&fields)
        case "UNSET": return try unset(&fields)
        case "CHECK": return try check(&fields)
        case "LIST": return try list(&fields)
        case "RECEIPT": return try receipt(&fields)
        case "PING": return try plain(.ping, &fields)
        case "PONG":
            try fields.end()
            return nil
        case "BYE": return try plain(.bye, &fields)
        case "HELLO": throw Refusal(.badCommand, "HELLO: already said on this connection")
        default: throw Refusal(.badCommand, "\(Value.shown(word)): not a command of this broker")
        }
    }

    private static func plain(_ command: Command, _ fields: inout FieldReader) throws(Refusal) -> Command {
        try fields.end()
        return command
    }

    static func consumer(_ fields: inout FieldReader) throws(Refusal) -> UInt64 {
        try Value.number(fields.required("consumer"), "consumer", 0...Limits.number, code: .badArgument)
    }

    private static func settle(
        _ verb: Settle.Verb, _ fields: inout FieldReader
    ) throws(Refusal) -> Command {
        var settle = Settle(verb: verb, consumer: try consumer(&fields), tags: try Value.tags(fields.required("tags")))
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("delay"), verb == .nack || verb == .release {
                settle.delay = try Value.duration(option.required(), "delay", 0...Limits.delay)
            } else if option.isNamed("code"), verb == .nack || verb == .reject {
                settle.code = try Value.text(option.required(), "code", Limits.code)
            } else if option.isNamed("note"), verb == .nack || verb == .reject {
                settle.note = try Value.text(option.required(), "note", Limits.note)
            } else {
                throw option.unknown
            }
        }
        return .settle(settle)
    }

    private static func touch(_ fields: inout FieldReader) throws(Refusal) -> Command {
        var touch = Touch(consumer: try consumer(&fields), tags: try Value.tags(fields.required("tags")))
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("for") {
                touch.extend = try Value.duration(option.required(), "for", Limits.leaseFloor...Limits.leaseCeiling)
            } else if option.isNamed("progress") {
                touch.progress = Int(try Value.number(option.required(), "progress", 0...100))
            } else if option.isNamed("note") {
                touch.note = try Value.text(option.required(), "note", Limits.note)
            } else {
                throw option.unknown
            }
        }
        return .touch(touch)
    }

    private static func window(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let consumer = try self.consumer(&fields)
        let window = try Value.number(
            fields.required("window"), "window", 0...UInt64(Limits.window), code: .badArgument)
        try fields.end()
        return .window(consumer: consumer, window: Int(window))
    }

    private static func info(_ fields: inout FieldReader) throws(Refusal) -> Command {
        guard let subject = try fields.next() else { return .info(.broker) }
        let command: Command
        switch String(decoding: subject, as: UTF8.self) {
        case "topics": command = .info(.topics)
        case "topic": command = .info(.topic(try Value.readableName(fields.required("name"), "name")))
        case "subscription":
            let topic = try Value.readableName(fields.required("topic"), "topic")
            command = .info(.subscription(topic: topic, name: try Value.name(fields.required("name"), "name")))
        case "consumers": command = .info(.consumers)
        default:
            throw Refusal(
                .badArgument, "\(Value.shown(subject)): expected topics, topic, subscription or consumers")
        }
        try fields.end()
        return command
    }

    private static func peek(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        let offset = try Value.number(fields.required("offset"), "offset", 1...Limits.number, code: .badArgument)
        var limit = 1
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("limit") else { throw option.unknown }
            limit = Int(try Value.number(option.required(), "limit", 1...UInt64(Limits.peek)))
        }
        return .peek(topic: topic, offset: offset, limit: limit)
    }

    private static func purge(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        var before: UInt64?
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("before") else { throw option.unknown }
            before = try Value.number(option.required(), "before", 1...Limits.number)
        }
        return .purge(topic: topic, before: before)
    }
}
