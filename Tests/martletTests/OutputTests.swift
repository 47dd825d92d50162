// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletClient
@testable import martlet

/// What people and programs get to read.
struct OutputTests {
    private func delivery(_ body: [UInt8], headers: [(name: String, value: String)] = []) -> IncomingMessage {
        IncomingMessage(
            consumer: 1, tag: 1, offset: 7, attempt: 2, time: 1_790_000_000_000, options: ["id": "o\"1"],
            headers: headers, body: body)
    }

    @Test func `a message is one line of JSON`() {
        let printer = MessagePrinter(topic: "orders", json: true)
        let bytes = printer.object(delivery(Array("a\n\u{1}é".utf8), headers: [("type", "x")]))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text == #"{"topic":"orders","offset":7,"attempt":2,"time":1790000000000,"id":"o\"1","#
                + #""headers":{"type":"x"},"body":"a\n\u0001é"}"#)
    }

    @Test func `a body that is not text is base64`() {
        let printer = MessagePrinter(topic: "orders", json: true)
        var message = delivery([0xFF, 0x00])
        #expect(String(decoding: printer.object(message), as: UTF8.self).hasSuffix(#","bodyBase64":"/wA="}"#))
        message.idBytes = [0xFF]
        #expect(String(decoding: printer.object(message), as: UTF8.self).contains(#","idBase64":"/w==","#))
    }

    @Test func `a list is a table`() throws {
        let json = #"[{"messages":5,"name":"a","bytes":2048},{"messages":1000,"name":"long","new":true,"bytes":1}]"#
        let table = TextTable.render(try #require(JSONValue(Array(json.utf8))), empty: "none")
        #expect(
            table == """
                name  messages    bytes  new
                a            5  2.0 KiB
                long      1000      1 B  yes

                """)
    }

    @Test func `one object is a column`() throws {
        let json = #"{"version":"1","storage":{"usedBytes":1048576},"consumers":[{"name":"x"},{"name":"y"}],"at":null}"#
        let table = TextTable.render(try #require(JSONValue(Array(json.utf8))), empty: "none")
        #expect(
            table == "version            1\nconsumers          x, y\nstorage.usedBytes  1.0 MiB\nat                 -\n"
        )
    }

    @Test func `an empty list says so`() throws {
        #expect(TextTable.render(.array([]), empty: "no topics") == "no topics\n")
    }

    @Test func `lines are found across reads`() throws {
        var reader = LineReader(limit: 5)
        #expect(try reader.split(Array("a\nb".utf8)[...]) == [Array("a".utf8)])
        #expect(try reader.split(Array("c\n\nd".utf8)[...]) == [Array("bc".utf8), []])
        #expect(try reader.finish() == .end(last: Array("d".utf8)))
        #expect(try reader.finish() == .end(last: nil))
    }

    @Test func `a line at the limit is taken and one past it is not`() throws {
        var reader = LineReader(limit: 5)
        #expect(try reader.split(Array("12345\n".utf8)[...]).count == 1)
        #expect {
            _ = try reader.split(Array("123456".utf8)[...])
        } throws: { error in
            (error as? CommandFailure)?.message.hasPrefix("line 2 is longer") == true
        }
    }
}
