// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// Reads the lines of commands that carry no data.
package enum CommandParser {
    /// The command that a line holds; nil for `PONG`, which asks for nothing.
    package static func parse(_ line: UnsafeRawBufferPointer) throws(Refusal) -> Command? {
        var fields = FieldReader(line)
        guard let word = try fields.next() else { throw Refusal(.badCommand, "expected a command") }
        switch String(decoding: word, as: UTF8.self) {
        case "SUB": return try subscribe(&fields)
        case "ACK": return try settle(.ack, &fields)
        case "NACK": return try settle(.nack, &fields)
        case "RELEASE": return try settle(.release, &fields)
        case "REJECT": return try settle(.reject, &fields)
        case "PARK": return try settle(.park, &fields)
        case "TOUCH": return try touch(&fields)
        case "WINDOW": return try window(&fields)
        case "UNSUB":
            let consumer = try self.consumer(&fields)
            try fields.end()
            return .unsubscribe(consumer: consumer)
        case "CREATE": return try create(&fields)
        case "ALTER": return try alter(&fields)
        case "DELETE": return try delete(&fields)
        case "PAUSE": return try pause(&fields)
        case "RESUME": return try resume(&fields)
        case "SEEK": return try seek(&fields)
        case "PURGE": return try purge(&fields)
        case "REDRIVE": return try redrive(&fields)
        case "RESOLVE": return try resolve(&fields)
        case "INFO": return try info(&fields)
        case "PEEK": return try peek(&fields)
        case "SCHEDULED": return try scheduled(&fields)
        case "PARKED": return try parked(&fields)
        case "CANCEL": return try cancel(&fields)
        case "RESCHEDULE": return try reschedule(&fields)
        case "EXPECT": return try expect(&fields)
        case "UNEXPECT": return try unexpect(&fields)
        case "WHY": return try why(&fields)
        case "TREE": return try tree(&fields)
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
            } else if option.isNamed("code"), verb.carriesError {
                settle.code = try Value.text(option.required(), "code", Limits.code)
            } else if option.isNamed("note"), verb.carriesError {
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
}

extension Settle.Verb {
    /// Whether it has a code and a note.
    fileprivate var carriesError: Bool {
        switch self {
        case .nack, .reject, .park: true
        case .ack, .release: false
        }
    }
}
