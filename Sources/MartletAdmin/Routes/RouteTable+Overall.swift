// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel
import MartletService

// The broker as a whole, and what waits for people.
extension RouteTable {
    /// Parked messages of one subscription that the inbox shows.
    private static let shownParked = 100
    /// Subscriptions that the inbox asks.
    private static let askedSubscriptions = 200

    static let overall: [Route] = [
        Route(
            .get, root + "/overview", "The broker with the sums of all topics and subscriptions.",
            answer: .named("Overview")
        ) { AdminAnswer(json: Overview(try await $0.survey()).json) },
        Route(
            .get, root + "/inbox",
            "Parked messages of all subscriptions: those that waited first of each, the longest lists first.",
            query: [limit], answer: .list(.named("InboxEntry"))
        ) { call in try await inbox(call) },
        Route(.get, root + "/consumers", "INFO consumers", "All consumers.", answer: .list(.named("Consumer"))),
        Route(
            .get, root + "/events",
            "Server-sent events: `stats` with an overview every two seconds, and `message` for each new message of the "
                + "broker about itself. Last-Event-ID goes on behind the last one that came.",
            answer: .plain, type: "text/event-stream"
        ) { call in try await EventStream.answer(call) },
    ]

    private static func inbox(_ call: Call) async throws -> AdminAnswer {
        let limit = try call.values(of: [limit], from: .query)["limit"]
        let survey = try await call.survey()
        let asked = survey.topics.flatMap(\.subscriptions).map(\.info).filter { $0.parked > 0 }
            .sorted { ($1.parked, $0.topic, $0.name) < ($0.parked, $1.topic, $1.name) }
        var lists: [(info: SubscriptionInfo, messages: [UInt8])] = []
        for info in asked.prefix(askedSubscriptions) {
            var line = WireLine("PARKED")
            line.add(Array(info.topic.utf8))
            line.add(Array(info.name.utf8))
            line.add(option: "limit", limit ?? WireValue("\(shownParked)"))
            do {
                if case .reply(.json(let list)) = try await call.ask(line) { lists.append((info, list)) }
            } catch let refusal as Refusal where refusal.code == .unknownTopic || refusal.code == .unknownSubscription {
                continue
            }
        }
        return AdminAnswer { writer in
            writer.list { writer in
                for list in lists {
                    writer.object { writer in
                        writer.name("messages")
                        writer.raw(list.messages)
                        writer.member("parked", list.info.parked)
                        writer.member("subscription", list.info.name)
                        writer.member("topic", list.info.topic)
                    }
                }
            }
        }
    }
}
