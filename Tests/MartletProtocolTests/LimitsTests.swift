// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

/// A limit of the wire: a line at it, one past it, and what the latter is answered.
struct LimitCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var allowed: String
    var refused: String
    var code: ErrorCode
    var text: String

    init(_ description: String, _ allowed: String, _ refused: String, _ code: ErrorCode, _ text: String) {
        testDescription = description
        self.allowed = allowed
        self.refused = refused
        self.code = code
        self.text = text
    }
}

/// Every limit of `Limits`, at the limit and one past it.
@Suite("Limits") struct LimitsTests {
    private static func x(_ count: Int) -> String { String(repeating: "x", count: count) }
    private static func encoded(_ count: Int) -> String { String(repeating: "%41", count: count) }

    static let names: [LimitCase] = [
        LimitCase("topic", "PUB \(x(200)) 0\n\n", "PUB \(x(201)) 0\n\n", .badName, "topic: "),
        LimitCase("topic of SUB", "SUB 1 \(x(200)) b\n", "SUB 1 \(x(201)) b\n", .badName, "topic: "),
        LimitCase("subscription", "SUB 1 a \(x(200))\n", "SUB 1 a \(x(201))\n", .badName, "subscription: "),
        LimitCase("created topic", "CREATE topic \(x(200))\n", "CREATE topic \(x(201))\n", .badName, "name: "),
        LimitCase(
            "created subscription", "CREATE subscription a \(x(200))\n", "CREATE subscription a \(x(201))\n", .badName,
            "name: "),
        LimitCase(
            "name of the broker", "INFO topic $dead.\(x(200)).\(x(200))\n", "INFO topic $dead.\(x(200)).\(x(201))\n",
            .badName, "name: "),
        LimitCase("space", "GET \(x(200)) k\n", "GET \(x(201)) k\n", .badName, "space: "),
        LimitCase(
            "header's name", "PUB a 0 hdr=68\n\(x(64)): v\n\n", "PUB a 0 hdr=69\n\(x(65)): v\n\n", .badHeader,
            "headers: "),
    ]

    static let identifiers: [LimitCase] = ["id", "key", "process", "cause"].flatMap { name in
        [
            LimitCase(
                name, "PUB a 0 \(name)=\(x(200))\n\n", "PUB a 0 \(name)=\(x(201))\n\n", .badOption, "\(name): "),
            LimitCase(
                "encoded \(name)", "PUB a 0 \(name)=\(encoded(200))\n\n", "PUB a 0 \(name)=\(encoded(201))\n\n",
                .badOption, "\(name): "),
            LimitCase("short \(name)", "PUB a 0 \(name)=x\n\n", "PUB a 0 \(name)=\n\n", .badOption, "\(name): "),
        ]
    }

    static let keys: [LimitCase] = [
        LimitCase("id of OUTCOME", "OUTCOME \(x(200))\n", "OUTCOME \(x(201))\n", .badArgument, "id: "),
        LimitCase("key of GET", "GET a \(encoded(200))\n", "GET a \(encoded(201))\n", .badArgument, "key: "),
        LimitCase(
            "key of SET", "SET a \(x(200)) 0 version=0\n\n", "SET a \(x(201)) 0 version=0\n\n", .badArgument, "key: "),
        LimitCase(
            "key of UNSET", "UNSET a \(x(200)) version=0\n", "UNSET a \(x(201)) version=0\n", .badArgument, "key: "),
        LimitCase(
            "key of CHECK", "CHECK a \(x(200)) version=0\n", "CHECK a \(x(201)) version=0\n", .badArgument, "key: "),
        LimitCase("prefix", "LIST a prefix=\(x(200))\n", "LIST a prefix=\(x(201))\n", .badOption, "prefix: "),
        LimitCase("after", "LIST a after=\(encoded(200))\n", "LIST a after=\(encoded(201))\n", .badOption, "after: "),
        LimitCase(
            "key of RECEIPT", "RECEIPT 1 \(x(201)) done\n", "RECEIPT 1 \(x(202)) done\n", .badArgument, "key: "),
    ]

    static let texts: [LimitCase] = [
        LimitCase("outcome", "RECEIPT 1 k \(x(200))\n", "RECEIPT 1 k \(x(201))\n", .badArgument, "outcome: "),
        LimitCase(
            "encoded outcome", "RECEIPT 1 k \(encoded(200))\n", "RECEIPT 1 k \(encoded(201))\n", .badArgument,
            "outcome: "),
        LimitCase("code", "NACK 1 7 code=\(x(64))\n", "NACK 1 7 code=\(x(65))\n", .badOption, "code: "),
        LimitCase(
            "encoded code", "REJECT 1 7 code=\(encoded(64))\n", "REJECT 1 7 code=\(encoded(65))\n", .badOption, "code: "
        ),
        LimitCase("note", "NACK 1 7 note=\(x(1_024))\n", "NACK 1 7 note=\(x(1_025))\n", .badOption, "note: "),
        LimitCase(
            "encoded note", "REJECT 1 7 note=\(encoded(1_024))\n", "REJECT 1 7 note=\(encoded(1_025))\n", .badOption,
            "note: "),
        LimitCase(
            "note of TOUCH", "TOUCH 1 7 note=\(x(1_024))\n", "TOUCH 1 7 note=\(x(1_025))\n", .badOption, "note: "),
    ]

    static let durations: [LimitCase] = [
        LimitCase("shortest lease", "SUB 1 a b lease=1s\n", "SUB 1 a b lease=999ms\n", .badOption, "lease: "),
        LimitCase("longest lease", "SUB 1 a b lease=12h\n", "SUB 1 a b lease=43200001ms\n", .badOption, "lease: "),
        LimitCase("shortest extension", "TOUCH 1 7 for=1s\n", "TOUCH 1 7 for=999ms\n", .badOption, "for: "),
        LimitCase("longest extension", "TOUCH 1 7 for=12h\n", "TOUCH 1 7 for=43200001ms\n", .badOption, "for: "),
        LimitCase("grace", "SUB 1 a b grace=5m\n", "SUB 1 a b grace=300001ms\n", .badOption, "grace: "),
        LimitCase(
            "dedup-window", "CREATE topic a dedup-window=30d\n", "CREATE topic a dedup-window=2592000001ms\n",
            .badOption, "dedup-window: "),
        LimitCase(
            "shortest ttl", "SET a k 0 version=0 ttl=1ms\n\n", "SET a k 0 version=0 ttl=0ms\n\n", .badOption, "ttl: "),
        LimitCase(
            "longest ttl", "SET a k 0 version=0 ttl=3650d\n\n", "SET a k 0 version=0 ttl=315360000001ms\n\n",
            .badOption, "ttl: "),
        LimitCase("shortest keep", "RECEIPT 1 k o keep=1ms\n", "RECEIPT 1 k o keep=0ms\n", .badOption, "keep: "),
        LimitCase(
            "longest keep", "RECEIPT 1 k o keep=3650d\n", "RECEIPT 1 k o keep=315360000001ms\n", .badOption, "keep: "),
        LimitCase("delay of NACK", "NACK 1 7 delay=30d\n", "NACK 1 7 delay=2592000001ms\n", .badOption, "delay: "),
        LimitCase(
            "delay of RELEASE", "RELEASE 1 7 delay=30d\n", "RELEASE 1 7 delay=2592000001ms\n", .badOption, "delay: "),
        LimitCase(
            "a delay of a backoff", "SUB 1 a b backoff=30d\n", "SUB 1 a b backoff=2592000001ms\n", .badOption,
            "backoff: "),
        LimitCase(
            "delays of a backoff", "SUB 1 a b backoff=1s\(String(repeating: ",1s", count: 31))\n",
            "SUB 1 a b backoff=1s\(String(repeating: ",1s", count: 32))\n", .badOption, "backoff: "),
        LimitCase(
            "least age", "CREATE topic a max-age=1s\n", "CREATE topic a max-age=999ms\n", .badOption, "max-age: "),
        LimitCase(
            "greatest age", "CREATE topic a max-age=36500d\n", "CREATE topic a max-age=3153600000001ms\n", .badOption,
            "max-age: "),
    ]

    static let numbers: [LimitCase] = [
        LimitCase("window of SUB", "SUB 1 a b window=10000\n", "SUB 1 a b window=10001\n", .badOption, "window: "),
        LimitCase("window", "WINDOW 1 10000\n", "WINDOW 1 10001\n", .badArgument, "window: "),
        LimitCase(
            "least failures", "SUB 1 a b max-failures=1\n", "SUB 1 a b max-failures=0\n", .badOption, "max-failures: "),
        LimitCase(
            "failures", "SUB 1 a b max-failures=1000\n", "SUB 1 a b max-failures=1001\n", .badOption, "max-failures: "),
        LimitCase("progress", "TOUCH 1 7 progress=100\n", "TOUCH 1 7 progress=101\n", .badOption, "progress: "),
        LimitCase("shortest PEEK", "PEEK a 1 limit=1\n", "PEEK a 1 limit=0\n", .badOption, "limit: "),
        LimitCase("longest PEEK", "PEEK a 1 limit=1000\n", "PEEK a 1 limit=1001\n", .badOption, "limit: "),
        LimitCase("shortest LIST", "LIST a limit=1\n", "LIST a limit=0\n", .badOption, "limit: "),
        LimitCase("longest LIST", "LIST a limit=1000\n", "LIST a limit=1001\n", .badOption, "limit: "),
        LimitCase(
            "version", "UNSET a k version=\(most)\n", "UNSET a k version=\(more)\n", .badOption, "version: "),
        LimitCase(
            "checked version", "CHECK a k version=\(most)\n", "CHECK a k version=\(more)\n", .badOption, "version: "),
        LimitCase("least offset", "PEEK a 1\n", "PEEK a 0\n", .badArgument, "offset: "),
        LimitCase("offset", "PEEK a \(most)\n", "PEEK a \(more)\n", .badArgument, "offset: "),
        LimitCase("least before", "PURGE a before=1\n", "PURGE a before=0\n", .badOption, "before: "),
        LimitCase("before", "PURGE a before=\(most)\n", "PURGE a before=\(more)\n", .badOption, "before: "),
        LimitCase(
            "least bytes", "CREATE topic a max-bytes=1\n", "CREATE topic a max-bytes=0\n", .badOption, "max-bytes: "),
        LimitCase(
            "bytes", "CREATE topic a max-bytes=\(most)\n", "CREATE topic a max-bytes=\(more)\n", .badOption,
            "max-bytes: "),
        LimitCase(
            "least messages", "CREATE topic a max-messages=1\n", "CREATE topic a max-messages=0\n", .badOption,
            "max-messages: "),
        LimitCase(
            "messages", "CREATE topic a max-messages=\(most)\n", "CREATE topic a max-messages=\(more)\n", .badOption,
            "max-messages: "),
        LimitCase("consumer", "UNSUB \(most)\n", "UNSUB \(more)\n", .badArgument, "consumer: "),
        LimitCase("least tag", "ACK 1 1\n", "ACK 1 0\n", .badArgument, "tags: "),
        LimitCase("tag", "ACK 1 \(most)\n", "ACK 1 \(more)\n", .badArgument, "tags: "),
        LimitCase("start", "SUB 1 a b from=offset:\(most)\n", "SUB 1 a b from=offset:\(more)\n", .badOption, "from: "),
        LimitCase("time", "SUB 1 a b from=time:\(most)\n", "SUB 1 a b from=time:\(more)\n", .badOption, "from: "),
    ]

    private static let most = "9223372036854775807"
    private static let more = "9223372036854775808"

    @Test(arguments: names + identifiers + keys + texts + durations + numbers)
    func `what is at a limit is taken and what is one past it is refused`(limit: LimitCase) throws {
        #expect(Heard(limit.allowed).isAccepted)
        let error = try #require(Heard(limit.refused).refusal)
        #expect(error.code == limit.code)
        #expect(error.text.hasPrefix(limit.text))
    }

    @Test func `the id of a transaction has at most 200 bytes`() {
        for id in [Self.x(200), Self.encoded(200)] {
            #expect(Heard("BEGIN id=\(id)\n").events != [.command(.begin(id: nil, refusal: nil))])
            #expect(Heard("BEGIN id=\(id)\n").isAccepted)
        }
        let error = Value.badIdentifier("id")
        for id in [Self.x(201), Self.encoded(201), ""] {
            #expect(Heard("BEGIN id=\(id)\n").events == [.command(.begin(id: nil, refusal: error))])
        }
    }

    @Test func `the limits are those that the article names`() {
        #expect(Limits.subscriptions == 1_000)
        #expect(Limits.bodyCeiling == 16_777_216)
        #expect(Limits.brokerName == 407)
        #expect(Limits.number == 9_223_372_036_854_775_807)
    }
}
