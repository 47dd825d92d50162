// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel

// Topics and the messages in them.
extension RouteTable {
    static let limit = Field("limit", .number, "How many are listed at most.")

    static let topicSettings = [
        Field("retention", .words(["limits", "interest", "work"]), "How long messages are kept."),
        Field("unsettled", .words(["keep", "drop"]), "What the limits do with messages that are not settled."),
        Field("maxAge", .duration, "The age at which messages may go; 0 is no limit.", zero: "none"),
        Field("maxBytes", .number, "Bytes that are kept; 0 is no limit.", zero: "none"),
        Field("maxMessages", .number, "Messages that are kept; 0 is no limit.", zero: "none"),
        Field("dedupWindow", .duration, "How long ids are remembered.", zero: "0ms"),
    ]

    static let topics: [Route] = [
        Route(.get, root + "/topics", "All topics, in the order of their names.", answer: .list(.named("Topic"))) {
            let survey = try await $0.survey()
            return AdminAnswer { writer in
                writer.list { writer in for topic in survey.topics { topic.info.write(to: &writer) } }
            }
        },
        Route(.get, root + "/topics/{topic}", "INFO topic {topic}", "One topic.", answer: .named("Topic")),
        Route(
            .patch, root + "/topics/{topic}", "ALTER topic {topic}", "Changes the settings of a topic.",
            body: topicSettings),
        Route(
            .post, root + "/topics/{topic}/purge", "PURGE {topic}",
            "Drops the messages of a topic, those below an offset or all of them.",
            body: [Field("before", .number, "The offset of the first message that stays.")]),
    ]

    static let messages: [Route] = [
        Route(
            .get, root + "/topics/{topic}/messages", "PEEK {topic} {offset}",
            "Messages from an offset on, which are not delivered by that; about 1 MiB at most.",
            query: [Field("offset", .number, "The first offset.", usual: "1"), limit],
            answer: .list(.named("Message"))),
        Route(
            .get, root + "/topics/{topic}/messages/{offset}/why", "WHY {topic} {offset}",
            "What is so with a message, for every subscription.", answer: .list(.named("Explanation"))),
        Route(
            .get, root + "/topics/{topic}/ids/{id}/why", "WHY {topic} id:{id}",
            "What is so with the message of an id, for every subscription.", answer: .list(.named("Explanation"))),
        Route(
            .get, root + "/topics/{topic}/scheduled", "SCHEDULED {topic}", "Messages that wait for their time.",
            query: [limit, Field("after", .text, "The place of the last one that is known, <due>-<number>.")],
            answer: .list(.named("Scheduled"))),
        Route(
            .delete, root + "/topics/{topic}/scheduled/{id}", "CANCEL {topic} {id}",
            "Takes back a message that waits for its time."),
        Route(
            .patch, root + "/topics/{topic}/scheduled/{id}", "RESCHEDULE {topic} {id}",
            "Gives a message that waits for its time another one.",
            body: [
                Field("delay", .duration, "How long from now on it waits."),
                Field("at", .number, "When it becomes visible, in Unix milliseconds."),
            ], answer: .object([:], optional: ["due": .number, "offset": .number])),
    ]
}
