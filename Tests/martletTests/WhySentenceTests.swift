// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletClient
@testable import martlet

/// Verdicts as sentences, and what can be done about them.
struct WhySentenceTests {
    /// 2026-11-26 14:02:11 UTC.
    private static let now = 1_795_701_731_000
    private static let times = ReadableTime(now: now, isUTC: true)

    /// An answer of the broker; in its evidence NOW stands for the time, and LATER for a minute after it.
    private func answer(_ verdict: String, _ evidence: String = "", offset: Int = 42, name: String? = "billing") throws
        -> WhyAnswer
    {
        let numbers = evidence.split(separator: "NOW", omittingEmptySubsequences: false).joined(
            separator: "\(Self.now)"
        )
        .split(separator: "LATER", omittingEmptySubsequences: false).joined(separator: "\(Self.now + 60_000)")
        let subscription = name.map { #""subscription":"\#($0)","# } ?? ""
        let json = """
            {"evidence":{\(numbers)},"next":"what comes","offset":\(offset),\(subscription)"topic":"orders",\
            "verdict":"\(verdict)"}
            """
        let value = try #require(JSONValue(Array(json.utf8)))
        return try #require(WhyAnswer(value))
    }

    private func sentence(_ verdict: String, _ evidence: String = "", offset: Int = 42) throws -> String {
        WhySentence(try answer(verdict, evidence, offset: offset), times: Self.times).text
    }

    @Test func `handled`() throws {
        #expect(try sentence("handled") == "handled")
        #expect(try sentence("handled", #""at":NOW,"by":"w/1""#) == "handled by w/1 at 14:02:11")
        #expect(
            try sentence("handled", #""at":NOW,"by":"ann","resolved":"ack","note":"paid""#)
                == "handled: resolved (ack) by ann at 14:02:11: 'paid'")
    }

    @Test func `leased`() throws {
        #expect(
            try sentence(
                "leased",
                #""attempt":2,"failures":1,"maxFailures":20,"consumer":"worker-3/1","until":NOW,"progress":40,"#
                    + #""note":"calling model","code":"E42""#)
                == "not handled: leased by worker-3/1 until 14:02:11 (progress 40 %, 'calling model'), "
                + "attempt 2 of 20, last error E42")
        #expect(
            try sentence("leased", #""attempt":7,"failures":0,"maxFailures":20,"consumer":"w/1","until":NOW"#)
                == "not handled: leased by w/1 until 14:02:11, attempt 1 of 20, delivered 7 times")
        #expect(
            try sentence("leased", #""attempt":1,"consumer":"w/1","until":NOW"#)
                == "not handled: leased by w/1 until 14:02:11, attempt 1")
    }

    @Test(arguments: [
        (#""reason":"paused","ahead":0"#, "deliveries to billing are paused until they are resumed"),
        (
            #""reason":"paused","until":LATER,"ahead":1"#,
            "deliveries to billing are paused until 14:03:11; 1 message is before it"
        ),
        (#""reason":"no-consumer","ahead":3"#, "billing has no consumer; 3 messages are before it"),
        (
            #""reason":"look-ahead""#,
            "billing reads no further: the memory for messages that wait behind held keys is used up"
        ),
        (#""reason":"no-window""#, "the consumers of billing hold as many messages as they may"),
        (#""reason":"not-reached","ahead":2"#, "its turn has not come; 2 messages are before it"),
        (#""reason":"not-reached","ahead":0"#, "it is next"),
        (#""reason":"no-subscription""#, "topic orders has no subscription that sees it"),
        (#""reason":"moon-phase""#, "moon-phase"),
    ])
    func `waiting has each of its reasons`(evidence: String, text: String) throws {
        #expect(try sentence("waiting", evidence) == "not handled: \(text)")
    }

    @Test func `deferred`() throws {
        #expect(
            try sentence(
                "deferred",
                #""until":LATER,"deliveries":2,"failures":2,"maxFailures":20,"code":"E42","note":"no\nanswer""#)
                == "not handled: deferred until 14:03:11 (in 1 min), attempt 3 of 20, last error E42 'no answer'")
        #expect(
            try sentence("deferred", #""until":LATER,"deliveries":4,"failures":0,"maxFailures":20"#)
                == "not handled: deferred until 14:03:11 (in 1 min), delivered 4 times")
    }

    @Test func `blocked`() throws {
        #expect(
            try sentence("blocked", #""key":"ann","by":41,"verdict":"parked""#)
                == "not handled: its key 'ann' is held by message 41, which is parked")
        #expect(
            try sentence("blocked", #""by":41,"verdict":"leased""#)
                == "not handled: it comes after message 41, which is leased")
    }

    @Test func `filtered`() throws {
        #expect(try sentence("filtered") == "not for billing: its filter does not pass it")
    }

    @Test func `before-start`() throws {
        #expect(try sentence("before-start") == "not for billing: it lies before the place where billing starts")
        #expect(
            try sentence("before-start", #""at":NOW"#)
                == "not for billing: it lies before the place where billing starts (moved there at 14:02:11)")
    }

    @Test func `scheduled`() throws {
        #expect(
            try sentence("scheduled", #""due":LATER"#, offset: 0) == "not visible yet: it is due 14:03:11 (in 1 min)")
    }

    @Test func `expired`() throws {
        #expect(try sentence("expired", #""at":NOW"#) == "not handled: its time was over at 14:02:11")
    }

    @Test func `lost to retention`() throws {
        #expect(
            try sentence("lost-to-retention", #""at":NOW,"purged":false"#)
                == "lost: retention dropped it before it was settled at 14:02:11")
        #expect(
            try sentence("lost-to-retention", #""at":NOW,"purged":true,"by":"ann""#)
                == "lost: purged by ann at 14:02:11")
        #expect(
            try sentence("lost-to-retention", #""damaged":true"#)
                == "lost: it cannot be read, the data file is damaged there")
    }

    @Test func `dead`() throws {
        #expect(
            try sentence(
                "dead", #""at":NOW,"reason":"max-failures","topic":"$dead.orders.billing","offset":7"#)
                == "given up: a dead letter since 14:02:11: it failed too often; its copy is $dead.orders.billing 7")
        #expect(
            try sentence("dead", #""at":NOW,"reason":"rejected","by":"w/1","note":"no card""#)
                == "given up: a dead letter since 14:02:11: it was rejected by w/1, 'no card'")
    }

    @Test func `parked`() throws {
        #expect(
            try sentence("parked", #""since":NOW,"consumer":"w/1","code":"E42","note":"which card?""#)
                == "not handled: waits for a person since 14:02:11 (0 s): parked by w/1 with E42, 'which card?'")
    }

    @Test func `not-found`() throws {
        #expect(try sentence("not-found") == "topic orders has no message 42 (any more)")
        #expect(try sentence("not-found", offset: 0) == "topic orders has no message with this id (any more)")
    }

    @Test func `a verdict of a newer broker is told in the broker's words`() throws {
        #expect(try sentence("enchanted") == "enchanted: what comes")
    }

    // MARK: - What can be done

    private func steps(
        _ verdict: String, _ evidence: String = "", id: String? = "o-17", isKept: Bool = true, name: String? = "billing"
    ) throws -> [String] {
        WhyAdvice(
            try answer(verdict, evidence, name: name), id: id, isKept: isKept, suggestion: Suggestion(options: [])
        ).steps.map(\.command)
    }

    @Test(arguments: [
        ("leased", "", ["martlet parked resolve orders billing 42 retry"]),
        ("deferred", "", ["martlet parked resolve orders billing 42 retry"]),
        ("waiting", #""reason":"paused""#, ["martlet resume orders billing"]),
        ("waiting", #""reason":"no-consumer""#, ["martlet info consumers"]),
        ("waiting", #""reason":"no-window""#, ["martlet info consumers"]),
        ("waiting", #""reason":"look-ahead""#, ["martlet parked list orders billing"]),
        ("waiting", #""reason":"not-reached""#, []),
        ("blocked", #""by":41"#, ["martlet why orders 41 billing"]),
        ("before-start", "", ["martlet seek orders billing offset:42"]),
        (
            "scheduled", #""due":LATER"#,
            ["martlet scheduled reschedule orders o-17 --delay 0s", "martlet scheduled cancel orders o-17"]
        ),
        (
            "dead", #""topic":"$dead.orders.billing","offset":7"#,
            ["martlet dead show orders billing 7", "martlet dead redrive orders billing --id o-17"]
        ),
        (
            "parked", "",
            [
                "martlet parked show orders billing 42", "martlet parked resolve orders billing 42 retry --note WHY",
                "martlet parked resolve orders billing 42 ack --note WHY",
                "martlet parked resolve orders billing 42 reject --note WHY",
            ]
        ),
        ("handled", "", []), ("filtered", "", []), ("expired", "", []), ("lost-to-retention", "", []),
        ("not-found", "", []), ("enchanted", "", []),
    ])
    func `what can be done has its command`(verdict: String, evidence: String, commands: [String]) throws {
        #expect(try steps(verdict, evidence) == commands)
    }

    @Test func `what cannot be named by an id is named otherwise, or not at all`() throws {
        #expect(
            try steps("dead", #""at":5,"topic":"$dead.orders.billing","offset":7"#, id: nil)
                == [
                    "martlet dead show orders billing 7", "martlet dead redrive orders billing --since 5 --until 6",
                ])
        #expect(try steps("dead", id: nil) == [])
        #expect(try steps("scheduled", id: nil) == [])
        #expect(try steps("before-start", isKept: false) == [])
        #expect(
            try steps("waiting", #""reason":"no-subscription""#, name: nil)
                == ["martlet create subscription orders NAME --from offset:42"])
    }

    // MARK: - All of it

    @Test func `each subscription has its sentence, and what can be done`() throws {
        let message = try #require(
            JSONValue(Array(#"{"offset":42,"time":\#(Self.now),"id":"o-17","key":"ann","process":"p-9"}"#.utf8)))
        let report = WhyReport(
            topic: "orders",
            answers: [try answer("handled", name: "audit"), try answer("waiting", #""reason":"paused""#)],
            message: message, askedID: nil, suggestion: Suggestion(options: []), times: Self.times)
        #expect(
            report.text == """
                orders 42, id o-17, key ann, process p-9, visible since 14:02:11
                audit: handled
                billing: not handled: deliveries to billing are paused until they are resumed
                    to go on: martlet resume orders billing

                """)
    }

    @Test func `what is so for all subscriptions stands once`() throws {
        let report = WhyReport(
            topic: "orders",
            answers: [try answer("not-found", offset: 0), try answer("not-found", offset: 0, name: "b")],
            message: nil, askedID: "o-1", suggestion: Suggestion(options: []), times: Self.times)
        #expect(report.text == "orders, id o-1\ntopic orders has no message with this id (any more)\n")
    }

    @Test func `every verdict has a sentence of its own`() throws {
        for verdict in Verdict.allCases {
            #expect(try !sentence(verdict.rawValue).hasSuffix("what comes"), "\(verdict)")
        }
    }
}
