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
        let table = InfoView.render(try #require(JSONValue(Array(json.utf8))), empty: "none")
        #expect(
            table == """
                name  messages    bytes  new
                a            5  2.0 KiB
                long      1000      1 B  yes

                """)
    }

    @Test func `one object is a column`() throws {
        let json = #"{"version":"1","storage":{"usedBytes":1048576},"consumers":[{"name":"x"},{"name":"y"}],"at":null}"#
        let table = InfoView.render(try #require(JSONValue(Array(json.utf8))), empty: "none")
        #expect(
            table == "version       1\nconsumers     x, y\nstorage used  1.0 MiB\nat            -\n"
        )
    }

    @Test(arguments: [
        (#"{"maxAge":604800000,"maxBytes":0,"maxMessages":0}"#, "max age|7 d,max bytes|no limit,max messages|no limit"),
        (#"{"uptimeSeconds":1741}"#, "uptime|29 min 1 s"), (#"{"maxBytes":1024}"#, "max bytes|1.0 KiB"),
        (#"{"settings":{"backoff":[5000,90000,0],"lease":30000}}"#, "backoff|5 s, 1 min 30 s, 0 s,lease|30 s"),
        (#"{"dedupWindow":86400500,"inFlight":0,"paused":false}"#, "in flight|0,paused|no,dedup window|1 d 500 ms"),
    ])
    func `values have the units of people`(json: String, shown: String) throws {
        let text = InfoView.render(try #require(JSONValue(Array(json.utf8))), empty: "")
        let lines = text.split(separator: "\n").map { line in
            let parts = line.split(separator: "  ", maxSplits: 1)
            return "\(parts[0])|\(parts[1].drop { $0 == " " })"
        }
        #expect(lines.joined(separator: ",") == shown)
    }

    @Test func `an empty list says so`() throws {
        #expect(InfoView.render(.array([]), empty: "no topics") == "no topics\n")
    }

    @Test func `lines are found across reads`() throws {
        var reader = LineReader(limit: 5)
        #expect(try reader.split(Array("a\nb".utf8)[...]) == [Array("a".utf8)])
        #expect(try reader.split(Array("c\n\nd".utf8)[...]) == [Array("bc".utf8), []])
        #expect(try reader.finish() == .end(last: Array("d".utf8)))
        #expect(try reader.finish() == .end(last: nil))
    }

    @Test func `the end of a line may be CR LF`() throws {
        var reader = LineReader(limit: 3)
        let lines = try reader.split(Array("a\r\n\r\nb\r\r\n".utf8)[...])
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["a", "", "b\r"])
        // A CR may be the last byte that came, and does not count.
        #expect(try reader.split(Array("123\r".utf8)[...]) == [])
        #expect(try reader.split(Array("\n".utf8)[...]) == [Array("123".utf8)])
        #expect(throws: CommandFailure.self) { try reader.split(Array("123\rx".utf8)[...]) }
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
