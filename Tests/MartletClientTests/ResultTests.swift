// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletClient

/// What the broker tells is read without the broker: members that may be missing, new, or not text.
struct ResultTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `members that are not known are left to the JSON`() throws {
        let json = #"[ {"due":5,"number":1,"bytes":2,"new":[1,{"a":null}]} ,{"due":6,"number":2,"bytes":0,"id":"x"}]"#
        let entries = try ScheduledEntry.list(bytes(json))
        #expect(entries.map(\.due) == [5, 6] && entries.map(\.id) == [nil, "x"])
        #expect(
            entries.rawJSON
                == bytes(
                    #"[{"due":5,"number":1,"bytes":2,"new":[1,{"a":null}]},{"due":6,"number":2,"bytes":0,"id":"x"}]"#))
        #expect(try ScheduledEntry.list(bytes("[]")) == [])
    }

    @Test func `what is not UTF-8 is shown, and a body is byte for byte`() throws {
        let json =
            #"{"offset":1,"time":2,"idBase64":"/w==","keyBase64":"YWL/","bodyBase64":"AP8=","#
            + #""headers":{"b":"2","a":"1"}}"#
        let message = try KeptMessage.one(bytes(json))
        #expect(message.id == "\u{FFFD}" && message.key == "ab\u{FFFD}" && message.body == [0, 255])
        #expect(message.headers.all.map(\.name) == ["a", "b"])
    }

    @Test(arguments: ["", "[]", "{}", #"{"due":-1,"number":1,"bytes":2}"#, #"{"due":"1","number":1,"bytes":2}"#])
    func `what was not agreed is a breach of the protocol`(json: String) {
        let error = #expect(throws: ClientError.self) { try ScheduledEntry.one(bytes(json)) }
        #expect(error?.code == .protocolViolation)
        let list = #expect(throws: ClientError.self) { try ScheduledEntry.list(bytes("[\(json)] ,")) }
        #expect(list?.code == .protocolViolation)
    }

    @Test(arguments: [
        ("", [UInt8]()), ("YQ==", [0x61]), ("YWI=", [0x61, 0x62]), ("YWJj", [0x61, 0x62, 0x63]),
        ("/+8=", [0xFF, 0xEF]),
    ])
    func `base64 is read`(text: String, bytes: [UInt8]) { #expect(Base64.decode(text) == bytes) }

    @Test(arguments: ["Y", "YW", "YWI", "Y===", "====", "Y-==", "YQ==YQ==", "YQ= "])
    func `what is not base64 is refused`(text: String) { #expect(Base64.decode(text) == nil) }

    @Test func `an unknown verdict is kept with its time`() throws {
        let json =
            #"{"verdict":"levitating","topic":"t","offset":0,"evidence":{"at":7,"why":"magic"},"next":"it lands"}"#
        let explanation = try Explanation.one(bytes(json))
        #expect(explanation.verdict.rawValue == "levitating" && explanation.evidence == .other(at: 7))
        #expect(explanation.offset == nil && explanation.subscription == nil && explanation.next == "it lands")
    }

    @Test func `a chain of 2,000 messages is a tree`() throws {
        let start = #"{"topic":"t","offset":1,"time":2,"verdicts":{"s":"handled"},"children":["#
        let json =
            #"{"process":"p","more":false,"messages":["# + String(repeating: start, count: 2_000)
            + String(repeating: "]}", count: 2_000) + "]}"
        let tree = try MessageTree.one(bytes(json))
        var depth = 0
        var node = tree.messages.first
        while let next = node {
            depth += 1
            node = next.children.first
        }
        #expect(depth == 2_000)
    }

    @Test func `the headers of a dead letter are its fields`() throws {
        let headers = [
            "Reason": "max-failures", "Topic": "orders", "Offset": "7", "Subscription": "billing", "Published-At": "1",
            "First-Delivered-At": "0", "At": "3", "Deliveries": "20", "Failures": "20", "Consumer": "w/1",
            "Attempts": #"[{\"time\":1,\"consumer\":\"w/1\",\"outcome\":\"nack\",\"code\":\"E1\",\"ms\":5}]"#,
        ]
        let list = headers.map { #""martlet-dead-\#($0)":"\#($1)""# }.joined(separator: ",")
        let dead = DeadLetter(try KeptMessage.one(bytes(#"{"offset":1,"time":2,"body":"","headers":{\#(list)}}"#)))
        #expect(dead.reason == "max-failures" && dead.offset == 7 && dead.topic == "orders" && dead.failures == 20)
        #expect(dead.firstDeliveredAt == nil && dead.at == 3 && dead.consumer == "w/1" && dead.code == nil)
        #expect(dead.attempts.map(\.outcome) == ["nack"] && dead.attempts.first?.duration == .milliseconds(5))
    }
}
