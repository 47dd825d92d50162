// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

/// The bytes of a frame, and what they mean.
struct Frame: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var event: Event

    init(_ text: String, _ event: Event) {
        bytes = Array(text.utf8)
        self.event = event
    }

    /// A line that holds a command.
    init(_ line: String, _ command: Command) { self.init(line + "\r\n", .command(command)) }

    var testDescription: String { String(decoding: bytes, as: UTF8.self).debugDescription }
}

/// Frames of every valid form of every command.
enum Frames {
    static let all =
        publishes + settles + subscriptions + administration + questions + transactions + records + lineEnds + messages

    /// What is about single messages, processes and what is delivered.
    static let messages = timed + parks + changes + reasons

    static let publishes = [
        Frame("PUB orders 5\nhello\n", .publish(Published("orders", "hello"))),
        Frame("PUB orders 5\r\nhello\r\n", .publish(Published("orders", "hello"))),
        Frame("PUB orders 5\nhello\r\n", .publish(Published("orders", "hello"))),
        Frame("PUB orders 5\r\nhello\n", .publish(Published("orders", "hello"))),
        Frame("PUB orders 0\n\n", .publish(Published("orders", ""))),
        Frame("PUB orders 0\r\n\r\n", .publish(Published("orders", ""))),
        Frame("PUB a-b.C_9.0 2 id=o-1\nhi\n", .publish(Published("a-b.C_9.0", "hi", id: "o-1"))),
        Frame("PUB a 2 key=customer/7\nhi\n", .publish(Published("a", "hi", key: "customer/7"))),
        Frame("PUB a 2 process=p=1\nhi\n", .publish(Published("a", "hi", process: "p=1"))),
        Frame("PUB a 2 cause=orders:12\nhi\n", .publish(Published("a", "hi", cause: "orders:12"))),
        Frame(
            "PUB a 1 cause=d process=c key=b id=a\nx\n",
            .publish(Published("a", "x", id: "a", key: "b", process: "c", cause: "d"))),
        Frame(
            "PUB a 1 id=%25%C3%a9 key=k cause=%2f process=100%25\r\nx\r\n",
            .publish(Published("a", "x", id: "%é", key: "k", process: "100%", cause: "/"))),
        Frame("PUB a 0 hdr=5\nn: v\n\n", .publish(Published("a", "", headers: "n: v\n"))),
        Frame("PUB a 3 hdr=0\nabc\n", .publish(Published("a", "abc"))),
        Frame(
            "PUB a 4 id=i hdr=30 key=k\r\ntraceparent: 00-1\nce-id: \u{e9}/1\n\r\n\r\n\r\n",
            .publish(Published("a", "\r\n\r\n", id: "i", key: "k", headers: "traceparent: 00-1\nce-id: \u{e9}/1\n"))),
        Frame("PUB a 12\nPING\r\nBYE\r\n\n\r\n", .publish(Published("a", "PING\r\nBYE\r\n\n"))),
        Frame("PUB a 3\n\r\n\0\r\n", .publish(Published("a", "\r\n\0"))),
        Frame("PUB PUB 1\r\n\n\n", .publish(Published("PUB", "\n"))),
    ]

    static let settles = [
        Frame("ACK 1 7\r\n", .ack(consumer: 1, first: 7, last: 7)),
        Frame("ACK 0 100-163\n", .ack(consumer: 0, first: 100, last: 163)),
        Frame("ACK 3 4-4\n", .ack(consumer: 3, first: 4, last: 4)),
        Frame(
            "ACK 9223372036854775807 1-9223372036854775807\n",
            .ack(consumer: 9_223_372_036_854_775_807, first: 1, last: 9_223_372_036_854_775_807)),
        Frame("ACK 1 7,9", .settle(Settle(verb: .ack, consumer: 1, tags: [7...7, 9...9]))),
        Frame("ACK 1 100-163,170,5", .settle(Settle(verb: .ack, consumer: 1, tags: [5...5, 100...163, 170...170]))),
        Frame("NACK 1 7", .settle(Settle(verb: .nack, consumer: 1, tags: [7...7]))),
        Frame(
            "NACK 1 7-8,9 note=no%20stock code=E7 delay=5m",
            .settle(
                Settle(
                    verb: .nack, consumer: 1, tags: [7...8, 9...9], delay: 300_000, code: "E7", note: "no stock"))),
        Frame("NACK 1 7 delay=0s", .settle(Settle(verb: .nack, consumer: 1, tags: [7...7], delay: 0))),
        Frame("RELEASE 2 7", .settle(Settle(verb: .release, consumer: 2, tags: [7...7]))),
        Frame("RELEASE 2 7 delay=250ms", .settle(Settle(verb: .release, consumer: 2, tags: [7...7], delay: 250))),
        Frame("REJECT 2 7", .settle(Settle(verb: .reject, consumer: 2, tags: [7...7]))),
        Frame(
            "REJECT 2 7 code=bad%25 note=caf%C3%A9",
            .settle(Settle(verb: .reject, consumer: 2, tags: [7...7], code: "bad%", note: "caf\u{e9}"))),
        Frame("TOUCH 1 7", .touch(Touch(consumer: 1, tags: [7...7]))),
        Frame(
            "TOUCH 1 7,9-10 for=1h progress=40 note=page%202",
            .touch(Touch(consumer: 1, tags: [7...7, 9...10], extend: 3_600_000, progress: 40, note: "page 2"))),
        Frame("TOUCH 1 7 progress=0", .touch(Touch(consumer: 1, tags: [7...7], progress: 0))),
        Frame("WINDOW 1 0", .window(consumer: 1, window: 0)),
        Frame("WINDOW 1 64", .window(consumer: 1, window: 64)),
        Frame("UNSUB 1", .unsubscribe(consumer: 1)),
    ]

    static let subscriptions = [
        Frame("SUB 1 orders billing", .subscribe(Subscribe(1, "orders", "billing"))),
        Frame("SUB 0 a b window=0", .subscribe(Subscribe(0, "a", "b", window: 0))),
        Frame("SUB 1 a b from=earliest", .subscribe(Subscribe(1, "a", "b", from: .earliest))),
        Frame("SUB 1 a b from=new", .subscribe(Subscribe(1, "a", "b", from: .new))),
        Frame("SUB 1 a b from=offset:12", .subscribe(Subscribe(1, "a", "b", from: .offset(12)))),
        Frame("SUB 1 a b from=time:0", .subscribe(Subscribe(1, "a", "b", from: .time(0)))),
        Frame("SUB 1 a b order=none", .subscribe(Subscribe(1, "a", "b") { $0.order = Order.none })),
        Frame("SUB 1 a b ephemeral", .subscribe(Subscribe(1, "a", "b") { $0.ephemeral = true })),
        Frame("SUB 1 a b grace=0s", .subscribe(Subscribe(1, "a", "b"))),
        Frame("SUB 1 a b grace=30s window=5", .subscribe(Subscribe(1, "a", "b", window: 5, grace: 30_000))),
        Frame(
            "SUB 7 $dead.a.b again ephemeral backoff=5s,1m,0ms max-failures=3 lease=90s window=100 from=new order=none",
            .subscribe(
                Subscribe(7, "$dead.a.b", "again", window: 100, from: .new) {
                    $0.lease = 90_000
                    $0.maxFailures = 3
                    $0.backoff = [5_000, 60_000, 0]
                    $0.ephemeral = true
                    $0.order = Order.none
                })),
        Frame(
            "CREATE subscription a b",
            .createSubscription(topic: "a", name: "b", from: nil, options: SubscriptionOptions())),
        Frame(
            "CREATE subscription $dead.a.b c from=offset:1 lease=1s max-failures=1 backoff=1d ephemeral",
            .createSubscription(
                topic: "$dead.a.b", name: "c", from: .offset(1),
                options: SubscriptionOptions {
                    $0.lease = 1_000
                    $0.maxFailures = 1
                    $0.backoff = [86_400_000]
                    $0.ephemeral = true
                })),
        Frame("DELETE subscription a b", .deleteSubscription(topic: "a", name: "b")),
    ]

    static let administration = [
        Frame("CREATE topic orders", .createTopic(name: "orders", options: TopicOptions())),
        Frame(
            "CREATE topic a retention=limits",
            .createTopic(name: "a", options: TopicOptions { $0.retention = .limits })),
        Frame(
            "CREATE topic a retention=work", .createTopic(name: "a", options: TopicOptions { $0.retention = .work })),
        Frame(
            "CREATE topic a dedup-window=1h",
            .createTopic(name: "a", options: TopicOptions { $0.dedupWindow = 3_600_000 })
        ),
        Frame(
            "CREATE topic a dedup-window=0s", .createTopic(name: "a", options: TopicOptions { $0.dedupWindow = 0 })),
        Frame("CREATE topic a durability=durable", .createTopic(name: "a", options: TopicOptions())),
        Frame(
            "CREATE topic a max-messages=3 max-bytes=2 max-age=7d durability=durable retention=interest",
            .createTopic(
                name: "a",
                options: TopicOptions {
                    $0.retention = .interest
                    $0.maxAge = 604_800_000
                    $0.maxBytes = 2
                    $0.maxMessages = 3
                })),
        Frame("DELETE topic orders", .deleteTopic(name: "orders")),
        Frame("DELETE topic $dead.a.b", .deleteTopic(name: "$dead.a.b")),
        Frame("PURGE orders", .purge(topic: "orders", before: nil)),
        Frame("PURGE $sys.topic.no-subscriber before=9", .purge(topic: "$sys.topic.no-subscriber", before: 9)),
    ]

    static let questions = [
        Frame("INFO", .info(.broker)),
        Frame("INFO topics", .info(.topics)),
        Frame("INFO topic orders", .info(.topic("orders"))),
        Frame("INFO topic $dead.a.b", .info(.topic("$dead.a.b"))),
        Frame("INFO subscription orders billing", .info(.subscription(topic: "orders", name: "billing"))),
        Frame("INFO consumers", .info(.consumers)),
        Frame("INFO leases a b", .info(.leases(topic: "a", name: "b", limit: 100, after: 0))),
        Frame(
            "INFO leases $dead.a.b c limit=1 after=9", .info(.leases(topic: "$dead.a.b", name: "c", limit: 1, after: 9))
        ),
        Frame("INFO survey", .info(.survey(limit: 100, after: .start))),
        Frame("INFO survey limit=7 after=3-0", .info(.survey(limit: 7, after: SurveyPlace(topic: 3, subscription: 0)))),
        Frame("PEEK orders 1", .peek(topic: "orders", offset: 1, limit: 1)),
        Frame("PEEK $dead.a.b 12 limit=50", .peek(topic: "$dead.a.b", offset: 12, limit: 50)),
        Frame("PING", .ping),
        Frame("BYE", .bye),
    ]

    static let lineEnds = [Frame("PING\n", .command(.ping)), Frame("INFO topics\n", .command(.info(.topics)))]
}

extension Subscribe {
    init(
        _ consumer: UInt64, _ topic: String, _ subscription: String, window: Int? = nil, grace: Int = 0,
        from: Start? = nil, alters: Bool = false, _ options: (inout SubscriptionOptions) -> Void = { _ in }
    ) {
        self.init(
            consumer: consumer, topic: topic, subscription: subscription, window: window, grace: grace, from: from,
            options: SubscriptionOptions(options))
        self.alters = alters
    }
}

extension SubscriptionOptions {
    init(_ change: (inout Self) -> Void) {
        self.init()
        change(&self)
    }
}

extension TopicOptions {
    init(_ change: (inout Self) -> Void) {
        self.init()
        change(&self)
    }
}
