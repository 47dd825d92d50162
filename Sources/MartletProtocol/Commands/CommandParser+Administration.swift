// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// The commands that look at topics and subscriptions or move what is delivered: INFO, PURGE, PAUSE, RESUME, SEEK and
// REDRIVE.
extension CommandParser {
    static func info(_ fields: inout FieldReader) throws(Refusal) -> Command {
        guard let subject = try fields.next() else { return .info(.broker) }
        let command: Command
        switch String(decoding: subject, as: UTF8.self) {
        case "topics": command = .info(.topics)
        case "topic": command = .info(.topic(try Value.readableName(fields.required("name"), "name")))
        case "subscription":
            let topic = try Value.readableName(fields.required("topic"), "topic")
            command = .info(.subscription(topic: topic, name: try Value.name(fields.required("name"), "name")))
        case "consumers": command = .info(.consumers)
        case "leases": return .info(try leases(&fields))
        case "survey": return .info(try survey(&fields))
        default:
            throw Refusal(
                .badArgument,
                "\(Value.shown(subject)): expected topics, topic, subscription, consumers, leases or survey")
        }
        try fields.end()
        return command
    }

    private static func leases(_ fields: inout FieldReader) throws(Refusal) -> InfoSubject {
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
        return .leases(topic: topic, name: name, limit: limit, after: after)
    }

    private static func survey(_ fields: inout FieldReader) throws(Refusal) -> InfoSubject {
        var limit = Limits.defaultList
        var after = SurveyPlace.start
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("limit") {
                limit = Int(try Value.number(option.required(), "limit", 1...UInt64(Limits.listed)))
            } else if option.isNamed("after") {
                let place = try place(option.required(), "<topic>-<subscription>")
                after = SurveyPlace(topic: place.0, subscription: place.1)
            } else {
                throw option.unknown
            }
        }
        return .survey(limit: limit, after: after)
    }

    static func purge(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        var before: UInt64?
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("before") else { throw option.unknown }
            before = try Value.number(option.required(), "before", 1...Limits.number)
        }
        return .purge(topic: topic, before: before)
    }

    /// A topic, which may be the broker's, and one of its subscriptions.
    static func subscription(_ fields: inout FieldReader) throws(Refusal) -> (topic: String, name: String) {
        let topic = try Value.readableName(fields.required("topic"), "topic")
        return (topic, try Value.name(fields.required("subscription"), "subscription"))
    }

    static func pause(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (topic, name) = try subscription(&fields)
        var duration: Int?
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("for") else { throw option.unknown }
            duration = try Value.duration(option.required(), "for", 1...Limits.duration)
        }
        return .pause(topic: topic, name: name, duration: duration)
    }

    static func resume(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (topic, name) = try subscription(&fields)
        try fields.end()
        return .resume(topic: topic, name: name)
    }

    static func seek(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (topic, name) = try subscription(&fields)
        let start = try start(fields.required("from"), "from", code: .badArgument)
        try fields.end()
        return .seek(topic: topic, name: name, to: start)
    }

    static func redrive(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (topic, name) = try subscription(&fields)
        var redrive = Redrive(topic: topic, subscription: name)
        var stops = false
        var count = 0
        var options = Options()
        while let option = try options.next(&fields) {
            count += 1
            if option.isNamed("rate") {
                redrive.rate = Int(try Value.number(option.required(), "rate", 1...Limits.count))
            } else if option.isNamed("limit") {
                redrive.limit = try Value.number(option.required(), "limit", 1...Limits.count)
            } else if option.isNamed("dry-run") {
                try option.bare()
                redrive.isDryRun = true
            } else if option.isNamed("stop") {
                try option.bare()
                stops = true
            } else {
                try apply(option, to: &redrive.filter)
            }
        }
        guard stops else { return .redrive(redrive) }
        guard count == 1 else { throw Refusal(.badOption, "stop: expected no other option beside it") }
        return .stopRedrive(topic: topic, name: name)
    }

    private static func apply(_ option: Option, to filter: inout Redrive.Filter) throws(Refusal) {
        if option.isNamed("id") {
            filter.id = try Value.identifier(option.required(), "id")
        } else if option.isNamed("reason") {
            let reason = String(decoding: try option.required(), as: UTF8.self)
            guard Redrive.Filter.reasons.contains(reason) else {
                throw Refusal(
                    .badOption, "reason: expected one of \(Redrive.Filter.reasons.joined(separator: ", "))")
            }
            filter.reason = reason
        } else if option.isNamed("code") {
            filter.code = try Value.text(option.required(), "code", Limits.code)
        } else if option.isNamed("key") {
            filter.key = try Value.identifier(option.required(), "key")
        } else if option.isNamed("since") {
            filter.since = try Value.number(option.required(), "since", 0...Limits.number)
        } else if option.isNamed("until") {
            filter.until = try Value.number(option.required(), "until", 0...Limits.number)
        } else {
            throw option.unknown
        }
    }
}
