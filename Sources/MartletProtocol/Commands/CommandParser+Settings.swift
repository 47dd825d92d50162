// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

// The commands that carry settings, SUB, CREATE and ALTER, and DELETE.
extension CommandParser {
    static func subscribe(_ fields: inout FieldReader) throws(Refusal) -> Command {
        var subscribe = Subscribe(
            consumer: try consumer(&fields),
            topic: try Value.readableName(fields.required("topic"), "topic"),
            subscription: try Value.name(fields.required("subscription"), "subscription"))
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("window") {
                subscribe.window = Int(try Value.number(option.required(), "window", 0...UInt64(Limits.window)))
            } else if option.isNamed("grace") {
                subscribe.grace = try Value.duration(option.required(), "grace", 0...Limits.grace)
            } else if option.isNamed("from") {
                subscribe.from = try start(option.required(), "from", code: .badOption)
            } else if option.isNamed("alter") {
                try option.bare()
                subscribe.alters = true
            } else {
                try apply(option, to: &subscribe.options)
            }
        }
        return .subscribe(subscribe)
    }

    static func create(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let kind = try fields.required("kind")
        if kind.elementsEqual("topic".utf8) {
            let name = try Value.name(fields.required("name"), "name")
            return .createTopic(name: name, options: try topicOptions(&fields))
        }
        guard kind.elementsEqual("subscription".utf8) else { throw badKind(kind) }
        let topic = try Value.readableName(fields.required("topic"), "topic")
        let name = try Value.name(fields.required("name"), "name")
        var from: Start?
        var named = SubscriptionOptions()
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("from") {
                from = try start(option.required(), "from", code: .badOption)
            } else {
                try apply(option, to: &named)
            }
        }
        return .createSubscription(topic: topic, name: name, from: from, options: named)
    }

    static func alter(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let kind = try fields.required("kind")
        if kind.elementsEqual("topic".utf8) {
            let name = try Value.readableName(fields.required("name"), "name")
            guard Name.isValid(name) else {
                throw Refusal(.denied, "name: topics of the broker are kept as long as it says")
            }
            return .alterTopic(name: name, options: try topicOptions(&fields))
        }
        guard kind.elementsEqual("subscription".utf8) else { throw badKind(kind) }
        let topic = try Value.readableName(fields.required("topic"), "topic")
        let name = try Value.name(fields.required("name"), "name")
        var named = SubscriptionOptions()
        var options = Options()
        while let option = try options.next(&fields) { try apply(option, to: &named) }
        return .alterSubscription(topic: topic, name: name, options: named)
    }

    static func delete(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let kind = try fields.required("kind")
        let command: Command
        if kind.elementsEqual("topic".utf8) {
            command = .deleteTopic(name: try Value.readableName(fields.required("name"), "name"))
        } else if kind.elementsEqual("subscription".utf8) {
            let topic = try Value.readableName(fields.required("topic"), "topic")
            command = .deleteSubscription(topic: topic, name: try Value.name(fields.required("name"), "name"))
        } else {
            throw badKind(kind)
        }
        try fields.end()
        return command
    }

    private static func badKind(_ kind: UnsafeRawBufferPointer) -> Refusal {
        Refusal(.badArgument, "\(Value.shown(kind)): expected topic or subscription")
    }

    private static func apply(_ option: Option, to settings: inout TopicOptions) throws(Refusal) {
        if option.isNamed("retention") {
            guard let retention = Retention(word: String(decoding: try option.required(), as: UTF8.self)) else {
                throw Refusal(.badOption, "retention: expected limits, interest or work")
            }
            settings.retention = retention
        } else if option.isNamed("unsettled") {
            guard let unsettled = Unsettled(word: String(decoding: try option.required(), as: UTF8.self)) else {
                throw Refusal(.badOption, "unsettled: expected keep or drop")
            }
            settings.unsettled = unsettled
        } else if option.isNamed("max-age") {
            settings.maxAge = try Value.durationOrNone(option.required(), "max-age", 1_000...36_500 * 86_400_000)
        } else if option.isNamed("max-bytes") {
            settings.maxBytes = try Value.numberOrNone(option.required(), "max-bytes", 1...Limits.number)
        } else if option.isNamed("max-messages") {
            settings.maxMessages = try Value.numberOrNone(option.required(), "max-messages", 1...Limits.number)
        } else if option.isNamed("dedup-window") {
            settings.dedupWindow = try Value.duration(option.required(), "dedup-window", 0...Limits.dedupWindow)
        } else if option.isNamed("durability") {
            guard try option.required().elementsEqual("durable".utf8) else {
                throw Refusal(.badOption, "durability: expected durable, the only one that this broker has")
            }
        } else {
            throw option.unknown
        }
    }

    /// The options of `CREATE topic`, which a line of the configuration's topic patterns takes too.
    static func topicOptions(_ fields: inout FieldReader) throws(Refusal) -> TopicOptions {
        var named = TopicOptions()
        var options = Options()
        while let option = try options.next(&fields) { try apply(option, to: &named) }
        return named
    }
}

extension TopicOptions {
    /// Reads a line of the configuration: a topic's name or `prefix.*`, then options as `CREATE topic` takes them.
    ///
    /// - Throws: what is wrong with the line.
    package static func pattern(_ line: String) throws(Refusal) -> (pattern: String, options: TopicOptions) {
        let bytes = Array(line.utf8)
        let result: Result<(String, TopicOptions), Refusal> = bytes.withUnsafeBytes { bytes in
            Result { () throws(Refusal) in
                var fields = FieldReader(bytes)
                let pattern = String(decoding: try fields.required("pattern"), as: UTF8.self)
                let name = pattern.hasSuffix(".*") ? String(pattern.dropLast(2)) : pattern
                guard Name.isValid(name) else { throw Value.badName("pattern") }
                return (pattern, try CommandParser.topicOptions(&fields))
            }
        }
        let (pattern, options) = try result.get()
        guard options.unsettled != .drop || options.retention ?? .limits == .limits else {
            throw Refusal(.badOption, "unsettled: drop goes with retention=limits only")
        }
        return (pattern, options)
    }
}
