// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import MartletClient
@testable import martlet

/// Tables and single things, as people read them.
struct AdministrationOutputTests {
    /// 1970-01-01 02:00:00 UTC.
    private static let times = ReadableTime(now: 7_200_000, isUTC: true)

    private func value(_ json: String) throws -> JSONValue { try #require(JSONValue(Array(json.utf8))) }

    private func values(_ json: String...) throws -> [JSONValue] { try json.map(value) }

    @Test func `an operator sees first what waits, since when, and who works on it`() throws {
        let infos = try values(
            """
            {"topic":"jobs","name":"b","backlog":12,"oldestTime":3600000,"inFlight":3,"deferred":2,"parked":1,"dead":4,\
            "consumers":2,"paused":true,"redrive":{"done":3,"meant":9}}
            """, #"{"topic":"orders","name":"audit","backlog":0,"paused":false}"#)
        #expect(
            SubscriptionTable(infos, times: Self.times).text
                == """
                topic   subscription  backlog  oldest  in flight  deferred  parked  dead  consumers
                jobs    b                  12     1 h          3         2       1     4          2  PAUSED
                orders  audit               0                  0         0       0     0          0

                """.replacing("PAUSED", with: "paused, redrive 3 of 9"))
    }

    @Test func `what is rare has a column only when there is some`() throws {
        let infos = try values(#"{"topic":"o","name":"b","lost":5,"filtered":0}"#)
        let heading = SubscriptionTable(infos, times: Self.times).text.split(separator: "\n")[0]
        #expect(heading.hasSuffix("consumers  lost"))
    }

    @Test func `topics tell how long messages are kept`() throws {
        let topics = try values(
            """
            {"name":"orders","messages":3,"bytes":2048,"first":2,"next":5,"retention":"limits","maxAge":604800000,\
            "maxBytes":1288490189,"maxMessages":7,"subscriptions":["a","b"]}
            """, #"{"name":"jobs","first":1,"next":1,"retention":"work"}"#,
            #"{"name":"news","first":1,"next":1,"retention":"limits"}"#, #"{"name":"$sys.full"}"#)
        #expect(
            TopicTable.text(topics, all: false) == """
                topic   messages     size  offsets  kept                      subscriptions
                orders         3  2.0 KiB      2-4  7 d, 1.2 GiB, 7 messages  a, b
                jobs           0      0 B           until handled
                news           0      0 B           no limit
                and 1 of the broker (--all shows them)

                """)
        #expect(TopicTable.text(topics, all: true).contains("\n$sys.full "))
        #expect(TopicTable.text([], all: false) == "no topics\n")
    }

    @Test func `a table of messages has a glance at the bodies`() throws {
        let messages = try values(
            #"{"offset":7,"time":7200000,"id":"o-1","body":"first\nsecond\u001b[31m"}"#,
            #"{"offset":8,"time":0,"bodyBase64":"/wA="}"#)
        #expect(
            MessageView.table(messages, topic: "orders", times: Self.times) == """
                offset      time  id   body
                     7  02:00:00  o-1  first second\u{FFFD}[31m
                     8  00:00:00       base64:/wA=

                """)
        let long = try values(#"{"offset":1,"time":0,"body":"\#(String(repeating: "x", count: 61))"}"#)
        let shown = String(repeating: "x", count: 59) + "…\n"
        #expect(MessageView.table(long, topic: "o", times: Self.times).hasSuffix(shown))
        #expect(MessageView.table([], topic: "o", times: Self.times) == "no messages there in o\n")
    }

    @Test func `one message is shown whole`() throws {
        let messages = try values(
            #"{"offset":7,"time":7200000,"id":"o-1","cause":"c","headers":{"type":"card"},"body":"a\nb"}"#)
        #expect(
            MessageView.whole(messages, topic: "orders", times: Self.times)
                == "offset  7\ntime    02:00:00\nid      o-1\ncause   c\ntype    card\n\na\nb\n")
    }

    @Test func `a dead letter tells its story`() throws {
        let letter = try value(
            #"""
            {"offset":1,"time":7200000,"body":"b","headers":{"type":"card","Martlet-Dead-Offset":"42",
            "Martlet-Dead-Topic":"orders","Martlet-Dead-Reason":"max-failures","Martlet-Dead-At":"7200000",
            "Martlet-Dead-Code":"E42","Martlet-Dead-Failures":"20",
            "Martlet-Dead-Attempts":"ATTEMPTS"}}
            """#.replacing(
                "ATTEMPTS",
                with: #"[{\"time\":3600000,\"consumer\":\"w/1\",\"outcome\":\"nack\",\"code\":\"E42\",\"ms\":1500}]"#))
        #expect(
            DeadLetterView.table([letter], times: Self.times) == """
                letter      died  message  reason        code  failures
                     1  02:00:00       42  max-failures  E42         20

                """)
        #expect(
            DeadLetterView.whole(letter, times: Self.times) == """
                letter    1
                message   orders 42
                reason    max-failures
                code      E42
                died      02:00:00
                failures  20
                type      card

                attempt  ended     took        consumer  code
                nack     01:00:00  1 s 500 ms  w/1       E42

                b

                """)
        #expect(DeadLetterView.table([], times: Self.times) == "no dead letters\n")
    }

    @Test func `a parked message tells its story`() throws {
        let parked = try value(
            """
            {"offset":42,"time":0,"id":"o-1","since":3600000,"code":"unsure","note":"which card?","consumer":"w/1",\
            "deliveries":2,"failures":1,"attempts":[]}
            """)
        #expect(
            ParkedView.table([parked], times: Self.times) == """
                offset  waits for  failures  id   code    note
                    42        1 h         1  o-1  unsure  which card?

                """)
        #expect(
            ParkedView.whole(parked, body: try value(#"{"body":"b"}"#), topic: "orders", times: Self.times) == """
                message      orders 42
                id           o-1
                published    00:00:00
                waits since  01:00:00 (1 h)
                parked by    w/1
                code         unsure
                note         which card?
                deliveries   2
                failures     1

                b

                """)
        #expect(ParkedView.table([], times: Self.times) == "nothing waits for a person\n")
    }

    @Test func `what is scheduled tells when it is due`() throws {
        let messages = try values(#"{"due":7260000,"bytes":2048,"id":"r-1"}"#, #"{"due":93600000,"bytes":1}"#)
        #expect(
            ScheduledListCommand.table(messages, times: Self.times) == """
                                due     in     size  id
                           02:01:00  1 min  2.0 KiB  r-1
                1970-01-02 02:00:00    1 d      1 B

                """)
        #expect(ScheduledListCommand.table([], times: Self.times) == "nothing is scheduled\n")
    }

    @Test func `a page that is drawn again fits the terminal`() {
        #expect(WatchOptions.page("a\nb\n", rows: 24) == "\u{1B}[Ha\u{1B}[K\nb\u{1B}[K\n\u{1B}[J")
        #expect(WatchOptions.page("a\nb\nc\n", rows: 4) == WatchOptions.page("a\nb\nc\n", rows: 0))
        #expect(WatchOptions.page("a\nb\nc\nd\n", rows: 4).contains("b\u{1B}[K\n(2 more lines)\u{1B}[K\n\u{1B}[J"))
    }

    @Test func `pub tells when its messages become visible`() {
        var account = PublishAccount(topic: "orders", hasIDs: true, countsLines: true)
        account.sent = 2
        let soon = ReadableTime.wall + 1_000
        account.take(due: soon, isDuplicate: false)
        account.take(due: soon, isDuplicate: true)
        let time = ReadableTime().text(soon)
        #expect(account.summary == "published 1 message to orders, visible \(time), 1 more stored before")
    }
}
