// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// The commands about single messages: what lies where, what waits for its time or for a person, and why.
extension CommandParser {
    static func peek(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        let offset = try offset(&fields)
        var limit = 1
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("limit") else { throw option.unknown }
            limit = Int(try Value.number(option.required(), "limit", 1...UInt64(Limits.peek)))
        }
        return .peek(topic: topic, offset: offset, limit: limit)
    }

    private static func offset(_ fields: inout FieldReader) throws(Refusal) -> UInt64 {
        try Value.number(fields.required("offset"), "offset", 1...Limits.number, code: .badArgument)
    }

    static func scheduled(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        var limit = Limits.defaultList
        var after: (time: UInt64, number: UInt64) = (0, 0)
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("limit") {
                limit = Int(try Value.number(option.required(), "limit", 1...UInt64(Limits.listed)))
            } else if option.isNamed("after") {
                after = try place(option.required(), "<due>-<number>")
            } else {
                throw option.unknown
            }
        }
        return .scheduled(topic: topic, limit: limit, afterTime: after.time, afterNumber: after.number)
    }

    /// A place in a list that goes by two numbers, such as `<due>-<number>`.
    static func place(
        _ field: UnsafeRawBufferPointer, _ form: StaticString
    ) throws(Refusal) -> (time: UInt64, number: UInt64) {
        guard let dash = field.firstIndex(of: ASCII.dash),
            let time = Value.number(UnsafeRawBufferPointer(rebasing: field[..<dash])),
            let number = Value.number(UnsafeRawBufferPointer(rebasing: field[(dash + 1)...]))
        else {
            throw Refusal(.badOption, "after: expected \(form), two numbers from 0 to \(Limits.number)")
        }
        return (time, number)
    }

    static func parked(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (topic, name) = try subscription(&fields)
        var limit = Limits.defaultList
        var after: UInt64 = 0
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("limit") {
                limit = Int(try Value.number(option.required(), "limit", 1...UInt64(Limits.listed)))
            } else if option.isNamed("after") {
                after = try Value.number(option.required(), "after", 0...Limits.number)
            } else {
                throw option.unknown
            }
        }
        return .parked(topic: topic, name: name, limit: limit, after: after)
    }

    static func cancel(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        let id = try Value.identifier(fields.required("id"), "id", code: .badArgument)
        try fields.end()
        return .cancel(topic: topic, id: id)
    }

    static func reschedule(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        let id = try Value.identifier(fields.required("id"), "id", code: .badArgument)
        var schedule: Schedule?
        var options = Options()
        while let option = try options.next(&fields) {
            guard let named = try self.schedule(option) else { throw option.unknown }
            guard schedule == nil else { throw bothSchedules }
            schedule = named
        }
        guard let schedule else { throw Refusal(.badOption, "delay: expected delay= or at=") }
        return .reschedule(topic: topic, id: id, to: schedule)
    }

    /// When a message becomes visible, as `delay=` or `at=` says; nil for any other option.
    static func schedule(_ option: Option) throws(Refusal) -> Schedule? {
        if option.isNamed("delay") {
            return .delay(try Value.duration(option.required(), "delay", 0...Limits.schedule))
        }
        guard option.isNamed("at") else { return nil }
        return .at(try Value.number(option.required(), "at", 0...Limits.number))
    }

    static var bothSchedules: Refusal { Refusal(.badOption, "at: expected delay= or at=, not both") }

    static func resolve(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (topic, name) = try subscription(&fields)
        let offset = try offset(&fields)
        let word = String(decoding: try fields.required("decision"), as: UTF8.self)
        guard let decision = Resolve.Decision(rawValue: word) else {
            throw Refusal(.badArgument, "decision: expected ack, retry or reject")
        }
        var resolve = Resolve(topic: topic, subscription: name, offset: offset, decision: decision)
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("note") else { throw option.unknown }
            resolve.note = try Value.text(option.required(), "note", Limits.note)
        }
        return .resolve(resolve)
    }

    static func why(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        let message = try reference(fields.required("message"))
        guard let field = try fields.next() else { return .why(topic: topic, message: message, subscription: nil) }
        let name = try Value.name(field, "subscription")
        try fields.end()
        return .why(topic: topic, message: message, subscription: name)
    }

    private static func reference(_ field: UnsafeRawBufferPointer) throws(Refusal) -> MessageReference {
        if field.starts(with: "id:".utf8) {
            let id = UnsafeRawBufferPointer(rebasing: field[3...])
            return .id(try Value.identifier(id, "id", code: .badArgument))
        }
        guard let offset = Value.number(field), offset > 0 else {
            throw Refusal(.badArgument, "message: expected an offset from 1 to \(Limits.number), or id:<id>")
        }
        return .offset(offset)
    }
}
