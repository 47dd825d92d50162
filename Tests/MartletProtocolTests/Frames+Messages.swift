// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletProtocol

// Frames of the commands about single messages, processes and what is delivered.
extension Frames {
    static let timed = [
        Frame("PUB a 2 delay=5m\nhi\n", .command(.publish(TimedPublish("a", "hi", .delay(300_000))))),
        Frame("PUB a 2 delay=0s\r\nhi\r\n", .command(.publish(TimedPublish("a", "hi", .delay(0))))),
        Frame("PUB a 2 delay=365d\nhi\n", .command(.publish(TimedPublish("a", "hi", .delay(31_536_000_000))))),
        Frame("PUB a 0 at=0\n\n", .command(.publish(TimedPublish("a", "", .at(0))))),
        Frame("PUB a 2 ttl=1ms\nhi\n", .command(.publish(TimedPublish("a", "hi", ttl: 1)))),
        Frame(
            "PUB a 4 ttl=1h id=%25%c3%A9 hdr=5 at=1790000000000 key=k cause=c process=p\nn: v\nBYE\n\n",
            .command(
                .publish(
                    TimedPublish("a", "BYE\n", .at(1_790_000_000_000), ttl: 3_600_000) {
                        ($0.id, $0.key) = (Array("%\u{e9}".utf8), [0x6B])
                        ($0.process, $0.cause, $0.headers) = ([0x70], [0x63], Array("n: v\n".utf8))
                    }))),
    ]

    static let parks = [
        Frame("PARK 1 7", .settle(Settle(verb: .park, consumer: 1, tags: [7...7]))),
        Frame(
            "PARK 1 7,9-10 note=who%20pays? code=E7",
            .settle(
                Settle(verb: .park, consumer: 1, tags: [7...7, 9...10], code: "E7", note: "who pays?"))),
        Frame(
            "RESOLVE orders billing 12 ack",
            .resolve(Resolve(topic: "orders", subscription: "billing", offset: 12, decision: .ack))),
        Frame(
            "RESOLVE $dead.a.b c 1 retry note=%C3%A9%20",
            .resolve(Resolve(topic: "$dead.a.b", subscription: "c", offset: 1, decision: .retry, note: "\u{e9} "))),
        Frame(
            "RESOLVE a b 9223372036854775807 reject note=",
            .resolve(Resolve(topic: "a", subscription: "b", offset: Limits.number, decision: .reject))),
        Frame("PARKED a b", .parked(topic: "a", name: "b", limit: 100, after: 0)),
        Frame("PARKED $dead.a.b c after=12 limit=7", .parked(topic: "$dead.a.b", name: "c", limit: 7, after: 12)),
    ]

    static let changes = [
        Frame("ALTER topic a", .alterTopic(name: "a", options: TopicOptions())),
        Frame(
            "ALTER topic a max-age=none max-messages=none max-bytes=none unsettled=drop dedup-window=1h",
            .alterTopic(
                name: "a",
                options: TopicOptions {
                    ($0.maxAge, $0.maxMessages, $0.maxBytes) = (0, 0, 0)
                    ($0.unsettled, $0.dedupWindow) = (.drop, 3_600_000)
                })),
        Frame(
            "ALTER subscription $dead.a.b c expect=none expire-after=none lease=1m",
            .alterSubscription(
                topic: "$dead.a.b", name: "c",
                options: SubscriptionOptions { ($0.expect, $0.expireAfter, $0.lease) = (0, 0, 60_000) })),
        Frame(
            "SUB 1 a b alter order=key on-poison=park on-expire=dead expect=5m expire-after=30d",
            .subscribe(
                Subscribe(1, "a", "b", alters: true) {
                    ($0.order, $0.onPoison, $0.onExpire) = (.key, .park, .dead)
                    ($0.expect, $0.expireAfter) = (300_000, 2_592_000_000)
                })),
        Frame(
            "CREATE subscription a b order=all on-poison=dead on-expire=drop where=Content-Type:x/y key-prefix=c-",
            .createSubscription(
                topic: "a", name: "b", from: nil,
                options: SubscriptionOptions {
                    ($0.order, $0.onPoison, $0.onExpire) = (.all, .dead, .drop)
                    $0.filter = Filter(
                        header: "Content-Type", value: Array("x/y".utf8), keyPrefix: Array("c-".utf8))
                })),
        Frame(
            "SUB 1 a b key-prefix=%FF", .subscribe(Subscribe(1, "a", "b") { $0.filter = Filter(keyPrefix: [0xFF]) })),
        Frame(
            "SUB 1 a b where=Martlet-Dead-Reason:a:%20%C3%A9",
            .subscribe(
                Subscribe(1, "a", "b") {
                    $0.filter = Filter(header: "Martlet-Dead-Reason", value: Array("a: \u{e9}".utf8))
                })),
        Frame("SUB 1 a b where=n:", .subscribe(Subscribe(1, "a", "b") { $0.filter = Filter(header: "n") })),
        Frame("PAUSE a b", .pause(topic: "a", name: "b", duration: nil)),
        Frame("PAUSE $dead.a.b c for=90s", .pause(topic: "$dead.a.b", name: "c", duration: 90_000)),
        Frame("RESUME a b", .resume(topic: "a", name: "b")),
        Frame("SEEK a b earliest", .seek(topic: "a", name: "b", to: .earliest)),
        Frame("SEEK a b new", .seek(topic: "a", name: "b", to: .new)),
        Frame("SEEK a b offset:1", .seek(topic: "a", name: "b", to: .offset(1))),
        Frame("SEEK $dead.a.b c time:0", .seek(topic: "$dead.a.b", name: "c", to: .time(0))),
        Frame("REDRIVE a b", .redrive(Redrive(topic: "a", subscription: "b"))),
        Frame("REDRIVE a b stop", .stopRedrive(topic: "a", name: "b")),
        Frame(
            "REDRIVE a b dry-run limit=5 rate=1 until=9 since=0 key=%FF code= reason=lease-cap id=o-1",
            .redrive(
                Redrive("a", "b") {
                    ($0.filter.id, $0.filter.key) = (Array("o-1".utf8), [0xFF])
                    ($0.filter.reason, $0.filter.code) = ("lease-cap", "")
                    ($0.filter.since, $0.filter.until) = (0, 9)
                    ($0.rate, $0.limit, $0.isDryRun) = (1, 5, true)
                })),
    ]

    static let reasons = [
        Frame("SCHEDULED a", .scheduled(topic: "a", limit: 100, afterTime: 0, afterNumber: 0)),
        Frame(
            "SCHEDULED a after=1790000000000-7 limit=1000",
            .scheduled(topic: "a", limit: 1_000, afterTime: 1_790_000_000_000, afterNumber: 7)),
        Frame("CANCEL a o-1", .cancel(topic: "a", id: Array("o-1".utf8))),
        Frame("CANCEL a %FF%25", .cancel(topic: "a", id: [0xFF, 0x25])),
        Frame("RESCHEDULE a o-1 delay=0s", .reschedule(topic: "a", id: Array("o-1".utf8), to: .delay(0))),
        Frame("RESCHEDULE a i at=12", .reschedule(topic: "a", id: [0x69], to: .at(12))),
        Frame("EXPECT p a 5m", .expect(Expect(process: [0x70], topic: "a", within: 300_000))),
        Frame(
            "EXPECT %FF $dead.a.b 1ms lookback=365d id=paid",
            .expect(
                Expect([0xFF], "$dead.a.b", within: 1, id: Array("paid".utf8), lookback: 31_536_000_000))),
        Frame("EXPECT p a 365d lookback=0s", .expect(Expect(process: [0x70], topic: "a", within: 31_536_000_000))),
        Frame("UNEXPECT p a", .unexpect(process: [0x70], topic: "a", id: [])),
        Frame("UNEXPECT p a id=i", .unexpect(process: [0x70], topic: "a", id: [0x69])),
        Frame("WHY a 12", .why(topic: "a", message: .offset(12), subscription: nil)),
        Frame("WHY $dead.a.b 1 c", .why(topic: "$dead.a.b", message: .offset(1), subscription: "c")),
        Frame("WHY a id:12", .why(topic: "a", message: .id(Array("12".utf8)), subscription: nil)),
        Frame("WHY a id:id:%FF b", .why(topic: "a", message: .id(Array("id:".utf8) + [0xFF]), subscription: "b")),
        Frame("TREE p", .tree(process: [0x70], limit: 1_000)),
        Frame("TREE order-17%25 limit=1", .tree(process: Array("order-17%".utf8), limit: 1)),
    ]
}

extension TimedPublish {
    init(
        _ topic: String, _ body: String, _ schedule: Schedule? = nil, ttl: Int? = nil,
        _ change: (inout Self) -> Void = { _ in }
    ) {
        self.init(topic: topic, schedule: schedule, ttl: ttl)
        self.body = Array(body.utf8)
        change(&self)
    }
}

extension Redrive {
    init(_ topic: String, _ subscription: String, _ change: (inout Self) -> Void) {
        self.init(topic: topic, subscription: subscription)
        change(&self)
    }
}

extension Expect {
    init(_ process: [UInt8], _ topic: String, within: Int, id: [UInt8], lookback: Int) {
        self.init(process: process, topic: topic, within: within)
        (self.id, self.lookback) = (id, lookback)
    }
}
