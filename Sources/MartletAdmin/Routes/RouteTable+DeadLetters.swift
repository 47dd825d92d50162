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
            "Dead letters, oldest first. When `next` is there, more lie behind it, which `after` takes.",
            query: [limit, Field("after", .number, "The offset behind which they are looked for.")] + meant,
            answer: .object(["messages": .list(.named("Message"))], optional: ["next": .number])
        ) { call in try await list(call) },
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
        func number(_ name: String, _ usual: UInt64, _ range: ClosedRange<UInt64>) throws(Refusal) -> UInt64 {
            guard let value = values[name]?.bytes else { return usual }
            guard let number = UInt64(String(decoding: value, as: UTF8.self)), range.contains(number) else {
                throw Refusal(
                    .badOption, "\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        let most = Int(try number("limit", UInt64(Limits.defaultList), 1...UInt64(Limits.listed)))
        var after = try number("after", 0, 0...Limits.number - 1)
        // Who may not see the subscription is told so by this.
        var line = WireLine("INFO subscription")
        line.add(call.path["topic"] ?? [])
        line.add(call.path["name"] ?? [])
        _ = try await call.ask(line)
        let filter = DeadLetterQuery(values.compactMapValues(\.bytes))
        let topic = "$dead.\(call.text("topic")).\(call.text("name"))"
        var found: [PeekedMessage] = []
        var looked = 0
        while found.count < most, looked < scanned {
            let some: [PeekedMessage]
            do {
                guard
                    case .reply(.messages(let list)) = try await call.ask(
                        .peek(topic: topic, offset: after + 1, limit: part))
                else { break }
                some = list
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

    private static func answer(_ messages: [PeekedMessage], next: UInt64?) -> AdminAnswer {
        AdminAnswer { writer in
            writer.object { writer in
                writer.name("messages")
                writer.list { writer in for message in messages { message.write(to: &writer) } }
                if let next { writer.member("next", next) }
            }
        }
    }
}
