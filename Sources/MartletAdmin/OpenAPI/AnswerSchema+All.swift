// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What the answers look like.
extension AnswerSchema {
    /// All descriptions that have a name.
    static let all: [String: AnswerSchema] = [
        "Attempt": .any, "Consumer": consumer, "Explanation": explanation, "Failure": failure, "Health": health,
        "InboxEntry": inbox, "Lease": lease, "Message": message, "Overview": overview, "Parked": parked,
        "Scheduled": scheduled, "Subscription": subscription, "SubscriptionPage": page, "Topic": topic, "Tree": tree,
        "TreeMessage": treeMessage, "Broker": broker, "Oldest": oldest,
    ]

    private static let failure = AnswerSchema.object(
        ["error": .object(["code": .text, "message": .text], optional: [:])], optional: [:])

    private static let health = AnswerSchema.object(["status": .text], optional: ["reason": .text])

    private static let broker = AnswerSchema.object(
        [
            "connections": .number, "subscriptions": .number, "topics": .number, "untakenBytes": .number,
            "uptimeSeconds": .number, "version": .text,
            "storage": .object(
                [
                    "damaged": .number, "diskFreeBytes": .number, "full": .flag, "mapBytes": .number,
                    "usedBytes": .number,
                ], optional: [:]),
        ], optional: [:])

    private static let oldest = AnswerSchema.object(["offset": .number], optional: ["time": .number])

    private static let overview = AnswerSchema.object(
        [
            "broker": .named("Broker"), "time": .number,
            "totals": .object(
                [
                    "backlog": .number, "bytes": .number, "consumers": .number, "dead": .number, "deferred": .number,
                    "delivered": .number, "settled": .number, "inFlight": .number, "lost": .number, "messages": .number,
                    "parked": .number, "paused": .number,
                    "published": .number,
                ], optional: [:]),
        ],
        optional: [
            "oldest": .object(["offset": .number, "subscription": .text, "topic": .text], optional: ["time": .number]),
            "rates": .map(.number),
        ])

    private static let topic = AnswerSchema.object(
        [
            "bytes": .number, "dedupWindow": .number, "first": .number, "id": .number, "maxAge": .number,
            "maxBytes": .number, "maxMessages": .number, "messages": .number, "name": .text, "next": .number,
            "retention": .text, "subscriptions": .list(.text), "unsettled": .text,
        ], optional: [:])

    private static let subscriptionMembers: [String: AnswerSchema] = [
        "backlog": .number, "consumers": .number, "dead": .number, "deferred": .number, "filtered": .number,
        "floor": .number, "inFlight": .number, "lost": .number, "name": .text, "parked": .number, "paused": .flag,
        "settings": settings, "topic": .text,
    ]

    private static let subscriptionExtras: [String: AnswerSchema] = [
        "oldest": .named("Oldest"), "oldestTime": .number, "pausedUntil": .number,
        "redrive": .object(["done": .number, "meant": .number, "rate": .number, "since": .number], optional: [:]),
    ]

    private static let settings = AnswerSchema.object(
        [
            "backoff": .list(.number), "ephemeral": .flag, "lease": .number, "maxDeliveries": .number,
            "maxFailures": .number, "onExpire": .text, "onPoison": .text, "order": .text,
        ],
        optional: [
            "expect": .number, "expireAfter": .number, "keyPrefix": .text, "keyPrefixBase64": .text, "where": .text,
            "whereBase64": .text,
        ])

    private static let subscription = AnswerSchema.object(subscriptionMembers, optional: subscriptionExtras)

    private static let page = AnswerSchema.object(
        subscriptionMembers.merging(["leases": .list(.named("Lease"))]) { $1 }, optional: subscriptionExtras)

    private static let lease = AnswerSchema.object(
        [
            "attempt": .number, "consumer": .text, "failures": .number, "offset": .number, "since": .number,
            "until": .number,
        ],
        optional: ["note": .text, "progress": .number])

    private static let consumer = AnswerSchema.object(
        [
            "client": .text, "consumer": .number, "deliveries": .number, "inFlight": .number, "subscription": .text,
            "topic": .text, "window": .number,
        ], optional: [:])

    /// What names a message, each as text or, when it is none, in base64.
    private static let names: [String: AnswerSchema] = [
        "cause": .text, "causeBase64": .text, "id": .text, "idBase64": .text, "key": .text, "keyBase64": .text,
        "process": .text, "processBase64": .text,
    ]

    private static let message = AnswerSchema.object(
        ["headers": .map(.text), "offset": .number, "time": .number],
        optional: names.merging(["body": .text, "bodyBase64": .text, "bodyBytes": .number]) { $1 })

    private static let parked = AnswerSchema.object(
        [
            "attempts": .list(.any), "deliveries": .number, "failures": .number, "offset": .number, "since": .number,
            "time": .number,
        ],
        optional: names.merging(["code": .text, "consumer": .text, "note": .text]) { $1 })

    private static let inbox = AnswerSchema.object(
        ["messages": .list(.named("Parked")), "parked": .number, "subscription": .text, "topic": .text], optional: [:])

    private static let scheduled = AnswerSchema.object(
        ["bytes": .number, "due": .number, "number": .number], optional: names)

    private static let explanation = AnswerSchema.object(
        ["evidence": .map(.any), "next": .text, "topic": .text, "verdict": .text],
        optional: ["offset": .number, "subscription": .text])

    private static let treeMessage = AnswerSchema.object(
        [
            "children": .list(.named("TreeMessage")), "offset": .number, "time": .number, "topic": .text,
            "verdicts": .map(.text),
        ],
        optional: names.merging(["gap": .flag]) { $1 })

    private static let tree = AnswerSchema.object(
        ["messages": .list(.named("TreeMessage")), "more": .flag], optional: ["process": .text, "processBase64": .text])
}
