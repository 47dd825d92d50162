// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// The values of a publish's options, each either where it stood or, when it held `%XX`, decoded into scratch.
struct PublishOptions {
    enum Place {
        case absent
        case line(UnsafeRawBufferPointer)
        case scratch(Range<Int>)

        func bytes(in scratch: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
            switch self {
            case .absent: UnsafeRawBufferPointer(start: nil, count: 0)
            case .line(let bytes): bytes
            case .scratch(let range): UnsafeRawBufferPointer(rebasing: scratch[range])
            }
        }
    }

    var id = Place.absent
    var key = Place.absent
    var process = Place.absent
    var cause = Place.absent
    /// When the message becomes visible, if it is named.
    private var schedule: Schedule?
    /// How long it is delivered, in milliseconds, if it is named.
    private var ttl: Int?

    /// Whether the message says something about its time.
    var hasTime: Bool { schedule != nil || ttl != nil }

    init(_ line: UnsafeRawBufferPointer, _ scratch: inout [UInt8]) throws(Refusal) {
        scratch.removeAll(keepingCapacity: true)
        var fields = FieldReader(line)
        // A repeated option is seen by its place being taken, which spares a list of those that were seen.
        while let field = try fields.next() {
            let option = Option(field)
            if option.isNamed("id") {
                try Self.fill(&id, option, "id", &scratch)
            } else if option.isNamed("key") {
                try Self.fill(&key, option, "key", &scratch)
            } else if option.isNamed("process") {
                try Self.fill(&process, option, "process", &scratch)
            } else if option.isNamed("cause") {
                try Self.fill(&cause, option, "cause", &scratch)
            } else if option.isNamed("hdr") {
                // Its value was read with the length.
                _ = try option.required()
            } else {
                try takeTime(option)
            }
        }
    }

    private mutating func takeTime(_ option: Option) throws(Refusal) {
        if option.isNamed("ttl") {
            guard ttl == nil else { throw option.repeated }
            ttl = try Value.duration(option.required(), "ttl", 1...Limits.duration)
        } else if let schedule = try CommandParser.schedule(option) {
            switch (self.schedule, schedule) {
            case (nil, _): self.schedule = schedule
            case (.delay, .delay), (.at, .at): throw option.repeated
            case (.delay, .at), (.at, .delay): throw CommandParser.bothSchedules
            }
        } else {
            throw option.unknown
        }
    }

    /// A copy of a message with what was said about its time.
    func timed(_ message: MessageFields, topic: UnsafeRawBufferPointer) -> TimedPublish {
        var publish = TimedPublish(topic: String(decoding: topic, as: UTF8.self), schedule: schedule, ttl: ttl)
        publish.id = Array(message.id)
        publish.key = Array(message.key)
        publish.process = Array(message.process)
        publish.cause = Array(message.cause)
        publish.headers = Array(message.headers)
        publish.body = Array(message.body)
        return publish
    }

    private static func fill(
        _ place: inout Place, _ option: Option, _ name: StaticString, _ scratch: inout [UInt8]
    ) throws(Refusal) {
        guard case .absent = place else { throw option.repeated }
        place = try self.place(option, name, &scratch)
    }

    private static func place(
        _ option: Option, _ name: StaticString, _ scratch: inout [UInt8]
    ) throws(Refusal) -> Place {
        let value = try option.required()
        if !value.contains(ASCII.percent) {
            guard (1...Limits.identifier).contains(value.count) else { throw Value.badIdentifier(name) }
            return .line(value)
        }
        let bytes = try Value.identifier(value, name)
        let start = scratch.count
        scratch.append(contentsOf: bytes)
        return .scratch(start..<scratch.count)
    }
}
