// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletClient
@testable import martlet

/// The flow of a process, drawn.
struct TreeDrawingTests {
    private static let times = ReadableTime(now: 61_000, isUTC: true)

    private func drawing(_ json: String) throws -> String {
        TreeDrawing(try #require(JSONValue(Array(json.utf8))), times: Self.times).text
    }

    private func node(_ topic: String, _ offset: Int, _ rest: String = "", children: String...) -> String {
        let below = children.joined(separator: ",")
        return #"{"topic":"\#(topic)","offset":\#(offset),"time":\#(offset * 1_000)\#(rest),"children":[\#(below)]}"#
    }

    @Test func `what was caused stands below its cause`() throws {
        let leaf = node("mails", 4, #","id":"m-1","verdicts":{"mailer":"leased"}"#)
        let branch = node("answers", 2, #","verdicts":{"b":"dead","a":"handled"}"#, children: leaf)
        let root = node("orders", 1, #","id":"o-1","verdicts":{"a":"handled"}"#, children: branch, node("x", 3))
        #expect(
            try drawing(#"{"process":"p-9","more":false,"messages":[\#(root)]}"#) == """
                process p-9: 4 messages; 1 dead, 2 handled, 1 leased
                00:00:01 orders:1 o-1  [a handled]
                ├─ 00:00:02 answers:2  [a handled, b dead]
                │  └─ 00:00:04 mails:4 m-1  [mailer leased]
                └─ 00:00:03 x:3  [no subscription]

                """)
    }

    @Test func `gaps are marked`() throws {
        let child = node("b", 3)
        let gap = node("a", 2, #","gap":true,"cause":"a:1","verdicts":{"s":"waiting"}"#, children: child)
        #expect(
            try drawing(#"{"process":"p","more":true,"messages":[\#(gap)]}"#) == """
                process p: 2 messages; 1 waiting
                (gap: the cause 'a:1' is not known, or not kept any more)
                └╌ 00:00:02 a:2  [s waiting]
                   └─ 00:00:03 b:3  [no subscription]
                (there are more; --limit shows more of them)

                """)
    }

    @Test func `a process without messages says so`() throws {
        #expect(try drawing(#"{"process":"p","more":false,"messages":[]}"#) == "process p: no messages\n")
    }

    @Test func `a long chain is drawn to its end`() {
        var chain = JSONValue.object(["topic": .string("t"), "offset": .integer(2_000), "time": .integer(0)])
        for offset in (1..<2_000).reversed() {
            chain = .object([
                "topic": .string("t"), "offset": .integer(offset), "time": .integer(0), "children": .array([chain]),
            ])
        }
        let text = TreeDrawing(.object(["process": .string("p"), "messages": .array([chain])]), times: Self.times).text
        #expect(text.hasPrefix("process p: 2000 messages\n"))
        #expect(text.contains(" t:2000  [no subscription]"))
    }
}
