// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel
import MartletService

/// Tells a watcher the numbers, and what the broker says of itself, as it comes.
///
/// What is to be told stays in the log until the watcher's socket takes it: a slow watcher is behind, and nothing
/// waits for it in memory.
struct EventStream {
    /// Messages of one topic that are read at once.
    private static let part = 100

    private var caller: Caller
    private var desk: SurveyDesk
    /// Who asks as of now: users come and go, and their rights change.
    private let known: @Sendable () throws(Refusal) -> Caller
    private let desks: SurveyDesks
    private let configuration: AdminConfiguration
    private let pause: Pause
    private var position = EventPosition()
    private var told: ContinuousClock.Instant?

    /// Answers a request with a stream that does not end by itself.
    static func answer(_ call: Call) async throws -> AdminAnswer {
        guard let caller = call.caller else { throw Refusal(.auth, "expected a token") }
        var stream = EventStream(caller, call)
        let survey = try await stream.desk.fresh(caller)
        if let position = call.request.headers.value(of: "Last-Event-ID").flatMap({ EventPosition(id: $0) }) {
            stream.position = position
        } else {
            for topic in survey.topics where topic.info.name.hasPrefix("$sys.") {
                stream.position[topic.info.name] = topic.info.next - 1
            }
        }
        let begun = stream
        return AdminAnswer(
            type: "text/event-stream",
            .stream { writer in
                var stream = begun
                try await stream.run(&writer)
            })
    }

    private init(_ caller: Caller, _ call: Call) {
        self.caller = caller
        desks = call.site.desks
        desk = desks.desk(of: caller)
        known = { [callers = call.site.callers, request = call.request] () throws(Refusal) in
            try callers.caller(of: request)
        }
        configuration = call.site.configuration
        pause = call.pause
    }

    @concurrent private mutating func run(_ writer: inout any ResponseBodyWriter) async throws {
        let interval = Duration.milliseconds(configuration.statsInterval)
        while true {
            let survey: FullSurvey
            do {
                caller = try known()
                desk = desks.desk(of: caller)
                survey = try await desk.recent(caller, age: interval)
                if survey.time != told {
                    told = survey.time
                    try await writer.write(Self.event("stats", id: nil, Overview(survey).json))
                }
                for topic in survey.topics where topic.info.name.hasPrefix("$sys.") {
                    try await tell(topic.info.name, &writer)
                }
            } catch is Refusal {
                // The broker stops, or who began this is no user any more.
                return
            }
            guard await pause.wait(configuration.eventInterval) else { return }
        }
    }

    /// Tells the messages of a topic that are new.
    @concurrent private mutating func tell(_ topic: String, _ writer: inout any ResponseBodyWriter) async throws {
        guard
            case .reply(.messages(let messages)) = try await caller.ask(
                .peek(topic: topic, offset: position[topic] + 1, limit: Self.part))
        else { return }
        for message in messages.elements {
            position[topic] = message.offset
            var json = JSONWriter()
            json.object { json in
                json.name("message")
                message.write(to: &json)
                json.member("topic", topic)
            }
            try await writer.write(Self.event("message", id: position.id, json.bytes))
        }
    }

    private static func event(_ name: String, id: String?, _ data: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        if let id { buffer.writeString("id: \(id)\n") }
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}
