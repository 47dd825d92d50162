// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel
import MartletService

// Dead letters.
extension RouteTable {
    private static let place = root + "/topics/{topic}/subscriptions/{name}"
    /// Dead letters that one request looks at, however few of them are meant.
    private static let scanned = 2_000
    /// Bytes of a body that a list shows.
    private static let shownBody = 4_096
    /// Dead letters that are asked for at once.
    private static let part = 200

    private static let meant = [
        Field("reason", .words(Redrive.Filter.reasons), "Why they died."),
        Field("code", .text, "The code of the last error."),
        Field("key", .text, "The key."),
        Field("id", .text, "The id."),
    ]

    static let deadLetters: [Route] = [
        Route(
            .get, place + "/dead",
            "Dead letters, oldest first, each with the first 4,096 bytes of its body; `bodyBytes` tells how long a "
                + "longer one is. When `next` is there, more lie behind it, which `after` takes.",
            query: [limit, Field("after", .number, "The offset behind which they are looked for.")] + meant,
            answer: .object(["messages": .list(.named("Message"))], optional: ["next": .number])
        ) { call in try await list(call) },
        Route(
            .get, place + "/dead/{offset}",
            "One dead letter with its whole body, by its offset among the dead letters.",
            answer: .named("Message")
        ) { call in try await one(call) },
        Route(
            .post, place + "/redrive", "REDRIVE {topic} {name}",
            "Delivers dead letters to their subscription again. The answer says how many are meant.",
            body: meant + [
                Field("since", .number, "The first time of death, in Unix milliseconds."),
                Field("until", .number, "The time before which they died, in Unix milliseconds."),
                Field("rate", .number, "How many go a second; 100 unless said otherwise."),
                Field("limit", .number, "How many go at most."),
                Field("dryRun", .flag, "Only count them."),
            ], answer: .object(["meant": .number], optional: [:]), count: "meant"),
        Route(
            .post, place + "/redrive/stop", "REDRIVE {topic} {name} stop",
            "Stops the redrive that goes on. The answer says how many are left.",
            answer: .object(["left": .number], optional: [:]), count: "left"),
    ]

    private static func list(_ call: Call) async throws -> AdminAnswer {
        let values = try call.values(of: meant + [limit, Field("after", .number, "")], from: .query)
        let most = try call.number("limit", in: values, usual: UInt64(Limits.defaultList), 1...UInt64(Limits.listed))
        var after = try call.number("after", in: values, usual: 0, 0...Limits.number - 1)
        let topic = try await topic(of: call)
        let filter = DeadLetterQuery(values.compactMapValues(\.bytes))
        var found: [PeekedMessage] = []
        var looked = 0
        while found.count < most, looked < scanned {
            let some: [PeekedMessage]
            do {
                guard
                    case .reply(.messages(let list)) = try await call.ask(
                        .peek(topic: topic, offset: after + 1, limit: part))
                else { break }
                some = list.elements
            } catch let refusal as Refusal where refusal.code == .unknownTopic {
                some = []
            }
            guard !some.isEmpty else { return answer(found, next: nil) }
            for message in some where found.count < most {
                after = message.offset
                looked += 1
                if filter.passes(message) { found.append(message) }
            }
        }
        return answer(found, next: after)
    }

    private static func one(_ call: Call) async throws -> AdminAnswer {
        let text = call.text("offset")
        guard let offset = UInt64(text), (1...Limits.number).contains(offset) else {
            throw Refusal(.badArgument, "offset: expected a whole number from 1 to \(Limits.number)")
        }
        let topic = try await topic(of: call)
        var found: [PeekedMessage] = []
        do {
            if case .reply(.messages(let list)) = try await call.ask(.peek(topic: topic, offset: offset, limit: 1)) {
                found = list.elements
            }
        } catch let refusal as Refusal where refusal.code == .unknownTopic {}
        guard let letter = found.first, letter.offset == offset else {
            throw Refusal(.unknownMessage, "offset: there is no dead letter \(offset)")
        }
        return AdminAnswer { letter.write(to: &$0) }
    }

    /// The topic of the dead letters of a subscription, which the caller may see.
    private static func topic(of call: Call) async throws -> String {
        // Who may not see the subscription is told so by this.
        var line = WireLine("INFO subscription")
        line.add(call.path["topic"] ?? [])
        line.add(call.path["name"] ?? [])
        _ = try await call.ask(line)
        return "$dead.\(call.text("topic")).\(call.text("name"))"
    }

    private static func answer(_ messages: [PeekedMessage], next: UInt64?) -> AdminAnswer {
        AdminAnswer { writer in
            writer.object { writer in
                writer.name("messages")
                writer.list { writer in
                    for message in messages { message.write(to: &writer, bodyLimit: shownBody) }
                }
                if let next { writer.member("next", next) }
            }
        }
    }
}
