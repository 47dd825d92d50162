// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel
import MartletService

// Subscriptions and what is done about them.
extension RouteTable {
    private static let place = root + "/topics/{topic}/subscriptions/{name}"
    /// Deliveries under way that the page of a subscription tells.
    private static let shownLeases = 100

    static let subscriptionSettings = [
        Field("lease", .duration, "How long a delivery may be held."),
        Field("maxFailures", .number, "Failures of a message before it dies."),
        Field("maxDeliveries", .number, "Deliveries in a row that ended uncounted before a message dies."),
        Field("backoff", .durations, "Waits after failures; the last one repeats."),
        Field("onPoison", .words(["dead", "park"]), "What becomes of a message that failed too often."),
        Field("onExpire", .words(["drop", "dead"]), "What becomes of a message whose time is over."),
        Field("expect", .duration, "Within which time a message is to be settled; 0 is no limit.", zero: "none"),
        Field("expireAfter", .duration, "When it ends without consumers; 0 is never.", zero: "none"),
    ]

    static let subscriptions: [Route] = [
        Route(
            .get, root + "/subscriptions", "All subscriptions, each with the oldest message that is not settled.",
            answer: .list(.named("Subscription"))
        ) {
            let survey = try await $0.survey()
            return AdminAnswer { writer in
                writer.list { writer in
                    for topic in survey.topics { for each in topic.subscriptions { each.write(to: &writer) } }
                }
            }
        },
        Route(
            .get, place, "One subscription with the deliveries under way, the first 100 of them.",
            answer: .named("SubscriptionPage")
        ) { call in try await page(call) },
        Route(
            .patch, place, "ALTER subscription {topic} {name}", "Changes the settings of a subscription.",
            body: subscriptionSettings),
        Route(
            .get, place + "/leases", "INFO leases {topic} {name}", "Deliveries that are not settled.",
            query: [limit, Field("after", .number, "The offset of the last one that is known.")],
            answer: .list(.named("Lease"))),
        Route(
            .get, place + "/parked", "PARKED {topic} {name}", "Messages that wait for a person.",
            query: [limit, Field("after", .number, "The offset of the last one that is known.")],
            answer: .list(.named("Parked"))),
        Route(
            .post, place + "/parked/{offset}/resolve", "RESOLVE {topic} {name} {offset} {verb}",
            "Decides about a message that is not settled, parked or not.",
            body: [
                Field("verb", .words(["ack", "retry", "reject"]), "What becomes of it.", isRequired: true),
                Field("note", .text, "What the person says about it."),
            ]),
        Route(
            .post, place + "/pause", "PAUSE {topic} {name}", "Stops the deliveries.",
            body: [Field("for", .duration, "For how long; without it until they are resumed.")]),
        Route(.post, place + "/resume", "RESUME {topic} {name}", "Goes on with the deliveries."),
        Route(
            .post, place + "/seek", "SEEK {topic} {name} {from}",
            "Sets the position elsewhere: all from there on is unsettled again, what lies before is not delivered.",
            body: [Field("from", .text, "earliest, new, offset:<n> or time:<ms>.", isRequired: true)]),
    ]

    private static func page(_ call: Call) async throws -> AdminAnswer {
        let (topic, name) = (call.text("topic"), call.text("name"))
        var line = WireLine("INFO subscription")
        line.add(Array(topic.utf8))
        line.add(Array(name.utf8))
        guard case .reply(.subscription(let info)) = try await call.ask(line),
            case .reply(.leases(let leases)) = try await call.ask(
                .info(.leases(topic: topic, name: name, limit: shownLeases, after: 0)))
        else { throw Refusal(.internal, "the broker answered something else") }
        var oldest: Survey.Oldest?
        if info.backlog > 0 {
            let offset = info.floor + 1
            guard
                case .reply(.messages(let found)) = try await call.ask(.peek(topic: topic, offset: offset, limit: 1))
            else { throw Refusal(.internal, "the broker answered something else") }
            oldest = Survey.Oldest(offset: offset, time: found.elements.first { $0.offset == offset }?.time)
        }
        return AdminAnswer { writer in
            writer.object { writer in info.writeMembers(to: &writer, leases: leases, oldest: oldest) }
        }
    }
}
