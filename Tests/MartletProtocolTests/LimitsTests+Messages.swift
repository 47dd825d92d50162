// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

// Limits of the commands about single messages, processes and what is delivered.
extension LimitsTests {
    private static func x(_ count: Int) -> String { String(repeating: "x", count: count) }
    private static func encoded(_ count: Int) -> String { String(repeating: "%41", count: count) }
    private static let most = "9223372036854775807"
    private static let more = "9223372036854775808"
    /// One millisecond more than 365 d.
    private static let year = "31536000001ms"

    static let times: [LimitCase] = [
        LimitCase("delay", "PUB a 0 delay=365d\n\n", "PUB a 0 delay=\(year)\n\n", .badOption, "delay: "),
        LimitCase("at", "PUB a 0 at=\(most)\n\n", "PUB a 0 at=\(more)\n\n", .badOption, "at: "),
        LimitCase("least ttl", "PUB a 0 ttl=1ms\n\n", "PUB a 0 ttl=0ms\n\n", .badOption, "ttl: "),
        LimitCase("greatest ttl", "PUB a 0 ttl=365d\n\n", "PUB a 0 ttl=\(year)\n\n", .badOption, "ttl: "),
        LimitCase(
            "delay of RESCHEDULE", "RESCHEDULE a i delay=365d\n", "RESCHEDULE a i delay=\(year)\n", .badOption,
            "delay: "),
        LimitCase(
            "at of RESCHEDULE", "RESCHEDULE a i at=\(most)\n", "RESCHEDULE a i at=\(more)\n", .badOption, "at: "),
        LimitCase("least within", "EXPECT p a 1ms\n", "EXPECT p a 0ms\n", .badArgument, "within: "),
        LimitCase("greatest within", "EXPECT p a 365d\n", "EXPECT p a \(year)\n", .badArgument, "within: "),
        LimitCase(
            "lookback", "EXPECT p a 1s lookback=365d\n", "EXPECT p a 1s lookback=\(year)\n", .badOption,
            "lookback: "),
        LimitCase("least pause", "PAUSE a b for=1ms\n", "PAUSE a b for=0ms\n", .badOption, "for: "),
        LimitCase("greatest pause", "PAUSE a b for=365d\n", "PAUSE a b for=\(year)\n", .badOption, "for: "),
        LimitCase("least expect", "SUB 1 a b expect=1ms\n", "SUB 1 a b expect=0ms\n", .badOption, "expect: "),
        LimitCase(
            "greatest expect", "SUB 1 a b expect=365d\n", "SUB 1 a b expect=\(year)\n", .badOption, "expect: "),
        LimitCase(
            "least expire-after", "SUB 1 a b expire-after=1ms\n", "SUB 1 a b expire-after=0ms\n", .badOption,
            "expire-after: "),
        LimitCase(
            "greatest expire-after", "SUB 1 a b expire-after=365d\n", "SUB 1 a b expire-after=\(year)\n", .badOption,
            "expire-after: "),
    ]

    static let counts: [LimitCase] = [
        LimitCase("shortest SCHEDULED", "SCHEDULED a limit=1\n", "SCHEDULED a limit=0\n", .badOption, "limit: "),
        LimitCase(
            "longest SCHEDULED", "SCHEDULED a limit=1000\n", "SCHEDULED a limit=1001\n", .badOption, "limit: "),
        LimitCase(
            "due of SCHEDULED", "SCHEDULED a after=\(most)-0\n", "SCHEDULED a after=\(more)-0\n", .badOption,
            "after: "),
        LimitCase(
            "number of SCHEDULED", "SCHEDULED a after=0-\(most)\n", "SCHEDULED a after=0-\(more)\n", .badOption,
            "after: "),
        LimitCase("shortest PARKED", "PARKED a b limit=1\n", "PARKED a b limit=0\n", .badOption, "limit: "),
        LimitCase("longest PARKED", "PARKED a b limit=1000\n", "PARKED a b limit=1001\n", .badOption, "limit: "),
        LimitCase(
            "offset of PARKED", "PARKED a b after=\(most)\n", "PARKED a b after=\(more)\n", .badOption, "after: "),
        LimitCase("smallest TREE", "TREE p limit=1\n", "TREE p limit=0\n", .badOption, "limit: "),
        LimitCase("largest TREE", "TREE p limit=2000\n", "TREE p limit=2001\n", .badOption, "limit: "),
        LimitCase("least rate", "REDRIVE a b rate=1\n", "REDRIVE a b rate=0\n", .badOption, "rate: "),
        LimitCase(
            "greatest rate", "REDRIVE a b rate=1000000\n", "REDRIVE a b rate=1000001\n", .badOption, "rate: "),
        LimitCase("least redriven", "REDRIVE a b limit=1\n", "REDRIVE a b limit=0\n", .badOption, "limit: "),
        LimitCase(
            "most redriven", "REDRIVE a b limit=1000000\n", "REDRIVE a b limit=1000001\n", .badOption, "limit: "),
        LimitCase("since", "REDRIVE a b since=\(most)\n", "REDRIVE a b since=\(more)\n", .badOption, "since: "),
        LimitCase("until", "REDRIVE a b until=\(most)\n", "REDRIVE a b until=\(more)\n", .badOption, "until: "),
        LimitCase(
            "least resolved offset", "RESOLVE a b 1 ack\n", "RESOLVE a b 0 ack\n", .badArgument, "offset: "),
        LimitCase(
            "resolved offset", "RESOLVE a b \(most) ack\n", "RESOLVE a b \(more) ack\n", .badArgument, "offset: "),
        LimitCase("least offset of WHY", "WHY a 1\n", "WHY a 0\n", .badArgument, "message: "),
        LimitCase("offset of WHY", "WHY a \(most)\n", "WHY a \(more)\n", .badArgument, "message: "),
        LimitCase(
            "offset of SEEK", "SEEK a b offset:\(most)\n", "SEEK a b offset:\(more)\n", .badArgument, "from: "),
        LimitCase("time of SEEK", "SEEK a b time:\(most)\n", "SEEK a b time:\(more)\n", .badArgument, "from: "),
        LimitCase(
            "least altered bytes", "ALTER topic a max-bytes=1\n", "ALTER topic a max-bytes=0\n", .badOption,
            "max-bytes: "),
    ]

    static let values: [LimitCase] = [
        LimitCase(
            "filter's header", "SUB 1 a b where=\(x(64)):v\n", "SUB 1 a b where=\(x(65)):v\n", .badOption, "where: "),
        LimitCase(
            "filter's value", "SUB 1 a b where=n:\(x(200))\n", "SUB 1 a b where=n:\(x(201))\n", .badOption,
            "where: "),
        LimitCase(
            "encoded value of a filter", "SUB 1 a b where=n:\(encoded(200))\n", "SUB 1 a b where=n:\(encoded(201))\n",
            .badOption, "where: "),
        LimitCase(
            "prefix of keys", "SUB 1 a b key-prefix=\(encoded(200))\n", "SUB 1 a b key-prefix=\(encoded(201))\n",
            .badOption, "key-prefix: "),
        LimitCase("cancelled id", "CANCEL a \(x(200))\n", "CANCEL a \(x(201))\n", .badArgument, "id: "),
        LimitCase("id of WHY", "WHY a id:\(encoded(200))\n", "WHY a id:\(encoded(201))\n", .badArgument, "id: "),
        LimitCase("process of TREE", "TREE \(x(200))\n", "TREE \(x(201))\n", .badArgument, "process: "),
        LimitCase(
            "process of EXPECT", "EXPECT \(x(200)) a 1s\n", "EXPECT \(x(201)) a 1s\n", .badArgument, "process: "),
        LimitCase(
            "id of EXPECT", "EXPECT p a 1s id=\(x(200))\n", "EXPECT p a 1s id=\(x(201))\n", .badOption, "id: "),
        LimitCase("id of REDRIVE", "REDRIVE a b id=\(x(200))\n", "REDRIVE a b id=\(x(201))\n", .badOption, "id: "),
        LimitCase("key of REDRIVE", "REDRIVE a b key=\(x(200))\n", "REDRIVE a b key=\(x(201))\n", .badOption, "key: "),
        LimitCase(
            "code of REDRIVE", "REDRIVE a b code=\(x(64))\n", "REDRIVE a b code=\(x(65))\n", .badOption, "code: "),
        LimitCase("code of PARK", "PARK 1 7 code=\(x(64))\n", "PARK 1 7 code=\(x(65))\n", .badOption, "code: "),
        LimitCase("note of PARK", "PARK 1 7 note=\(x(1_024))\n", "PARK 1 7 note=\(x(1_025))\n", .badOption, "note: "),
        LimitCase(
            "note of RESOLVE", "RESOLVE a b 1 retry note=\(encoded(1_024))\n",
            "RESOLVE a b 1 retry note=\(encoded(1_025))\n", .badOption, "note: "),
        LimitCase("paused name", "PAUSE a \(x(200))\n", "PAUSE a \(x(201))\n", .badName, "subscription: "),
        LimitCase("altered topic", "ALTER topic \(x(200))\n", "ALTER topic \(x(201))\n", .badName, "name: "),
    ]

    @Test(arguments: times + counts + values)
    func `what is about a message is accepted at its limit and refused one past it`(limit: LimitCase) throws {
        #expect(Heard(limit.allowed).isAccepted)
        let error = try #require(Heard(limit.refused).refusal)
        #expect(error.code == limit.code)
        #expect(error.text.hasPrefix(limit.text))
    }
}
