// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletProtocol

/// What an encoder wrote, as text.
func written(_ encode: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer()
    encode(&buffer)
    return String(buffer: buffer)
}

/// The bytes of a `MSG` with small numbers.
func pushed(
    id: [UInt8] = [], key: [UInt8] = [], process: [UInt8] = [], cause: [UInt8] = [], headers: [UInt8] = [],
    body: [UInt8] = [], number: UInt64 = 1, receipt: String? = nil, late: UInt32 = 0, note: String? = nil,
    failures: UInt64 = 0
) -> [UInt8] {
    var buffer = ByteBuffer()
    id.withUnsafeBytes { id in
        key.withUnsafeBytes { key in
            process.withUnsafeBytes { process in
                cause.withUnsafeBytes { cause in
                    headers.withUnsafeBytes { headers in
                        body.withUnsafeBytes { body in
                            var message = MessageFields()
                            (message.id, message.key, message.process) = (id, key, process)
                            (message.cause, message.headers, message.body) = (cause, headers, body)
                            message.late = late
                            var push = Push(
                                consumer: number, tag: number, offset: number, attempt: number, time: number,
                                message: message)
                            (push.receipt, push.note, push.failures) = (receipt, note, failures)
                            ReplyEncoder.push(push, into: &buffer)
                        }
                    }
                }
            }
        }
    }
    return Array(buffer.readableBytesView)
}

/// The article's section "Pushes": `MSG` byte for byte, and lists of tags.
@Suite("Pushes") struct PushesTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `MSG has its numbers, its time and its body`() {
        #expect(text(pushed(body: Array("hello".utf8))) == "MSG 1 1 1 1 5 time=1\r\nhello\r\n")
    }

    @Test func `MSG without a body has an empty line for it`() {
        #expect(text(pushed()) == "MSG 1 1 1 1 0 time=1\r\n\r\n")
    }

    @Test func `MSG has the options that the publish had, in a fixed order`() {
        let bytes = pushed(
            id: Array("o-1".utf8), key: Array("k".utf8), process: Array("p".utf8), cause: Array("c".utf8),
            headers: Array("a: b\n".utf8), body: Array("hi".utf8), receipt: "done")
        #expect(
            text(bytes) == "MSG 1 1 1 1 2 time=1 id=o-1 key=k process=p cause=c receipt=done hdr=5\r\na: b\nhi\r\n")
    }

    @Test(arguments: [("done", "done"), ("caf\u{e9} %", "caf%C3%A9%20%25")])
    func `MSG tells the receipt of a message that was handled`(outcome: String, expected: String) {
        #expect(text(pushed(receipt: outcome)) == "MSG 1 1 1 1 0 time=1 receipt=\(expected)\r\n\r\n")
    }

    @Test func `MSG tells how late it is, how often it failed and what a person said`() {
        #expect(
            text(pushed(headers: Array("a: b\n".utf8), receipt: "done", late: 1_000, note: "pay %", failures: 3))
                == "MSG 1 1 1 1 0 time=1 receipt=done late=1000 failures=3 note=pay%20%25 hdr=5\r\na: b\n\r\n")
        #expect(text(pushed(late: .max)) == "MSG 1 1 1 1 0 time=1 late=4294967295\r\n\r\n")
        #expect(text(pushed(late: 999, note: "", failures: 0)) == "MSG 1 1 1 1 0 time=1\r\n\r\n")
    }

    @Test(arguments: ["a", "\u{e9}", "\u{1F600}", "%"])
    func `a note that does not fit its line is cut between characters`(character: String) throws {
        let most = [UInt8](repeating: 0xFF, count: Limits.identifier)
        let note = String(repeating: character, count: Limits.note / character.utf8.count)
        let bytes = pushed(
            id: most, key: most, process: most, cause: most, headers: [UInt8](repeating: 0x61, count: Limits.headers),
            number: Limits.number, receipt: String(repeating: "\u{e9}", count: Limits.outcome / 2), late: .max,
            note: note, failures: Limits.number)
        let line = text(bytes).prefix { $0 != "\r\n" }
        #expect(line.utf8.count <= Limits.line)
        #expect(line.utf8.count > Limits.line - 24)
        let field = try #require(line.split(separator: " ").first { $0.hasPrefix("note=") })
        let kept = try #require(FieldCoding.decode(field.dropFirst(5)))
        #expect(!kept.isEmpty && kept.utf8.count < note.utf8.count && note.hasPrefix(kept))
    }

    @Test(arguments: ["a", "\u{e9}"])
    func `the longest note is whole where its line has room for it`(character: String) {
        let note = String(repeating: character, count: Limits.note / character.utf8.count)
        let encoded = FieldCoding.encode(Array(note.utf8))
        #expect(text(pushed(note: note)) == "MSG 1 1 1 1 0 time=1 note=\(encoded)\r\n\r\n")
    }

    @Test(arguments: [
        ("id", pushed(id: [120])), ("key", pushed(key: [120])), ("process", pushed(process: [120])),
        ("cause", pushed(cause: [120])),
    ])
    func `an option that is absent leaves no trace`(name: String, bytes: [UInt8]) {
        #expect(text(bytes) == "MSG 1 1 1 1 0 time=1 \(name)=x\r\n\r\n")
    }

    @Test func `MSG with headers alone has hdr alone`() {
        #expect(text(pushed(headers: Array("a: \n".utf8))) == "MSG 1 1 1 1 0 time=1 hdr=4\r\na: \n\r\n")
    }

    @Test func `bytes that are not printable are written as % and two upper-case digits`() {
        #expect(text(pushed(id: [0x25, 0x20, 0xC3, 0xA9, 0xFF])) == "MSG 1 1 1 1 0 time=1 id=%25%20%C3%A9%FF\r\n\r\n")
        #expect(text(pushed(key: Array("!~=,".utf8))) == "MSG 1 1 1 1 0 time=1 key=!~=,\r\n\r\n")
        #expect(text(pushed(key: [0x00, 0x1F, 0x7F])) == "MSG 1 1 1 1 0 time=1 key=%00%1F%7F\r\n\r\n")
    }

    @Test func `headers and body are written as they came`() {
        let body = (0...255).map { UInt8($0) }
        #expect(pushed(body: body) == Array("MSG 1 1 1 1 256 time=1\r\n".utf8) + body + Array("\r\n".utf8))
    }

    @Test func `the longest MSG fits a line`() {
        let most = [UInt8](repeating: 0xFF, count: Limits.identifier)
        let headers = [UInt8](repeating: 0x61, count: Limits.headers)
        // An outcome is UTF-8, whose bytes may all have to be written as three.
        let outcome = String(repeating: "\u{e9}", count: Limits.outcome / 2)
        let bytes = pushed(
            id: most, key: most, process: most, cause: most, headers: headers, number: Limits.number, receipt: outcome)
        let value = String(repeating: "%FF", count: 200)
        let number = "9223372036854775807"
        let line =
            "MSG \(number) \(number) \(number) \(number) 0 time=\(number) id=\(value) key=\(value)"
            + " process=\(value) cause=\(value) receipt=\(String(repeating: "%C3%A9", count: 100)) hdr=16384"
        #expect(text(bytes) == line + "\r\n" + text(headers) + "\r\n")
        #expect(line.utf8.count <= Limits.line)
    }

    @Test func `pushes follow one another without a gap`() {
        var buffer = ByteBuffer()
        for tag in 9...11 {
            let push = Push(
                consumer: 0, tag: UInt64(tag), offset: 99, attempt: 2, time: 100, message: MessageFields())
            ReplyEncoder.push(push, into: &buffer)
        }
        #expect(
            String(buffer: buffer)
                == "MSG 0 9 99 2 0 time=100\r\n\r\nMSG 0 10 99 2 0 time=100\r\n\r\nMSG 0 11 99 2 0 time=100\r\n\r\n")
    }

    // MARK: - Lists of tags

    @Test(
        arguments: [
            ([], ""), ([7], "7"), ([7, 9], "7,9"), ([7, 8], "7-8"), ([1, 2, 3, 5, 7, 8], "1-3,5,7-8"),
            ([9_223_372_036_854_775_806, 9_223_372_036_854_775_807], "9223372036854775806-9223372036854775807"),
        ] as [([UInt64], String)])
    func `tags are written as numbers and ranges`(tags: [UInt64], expected: String) {
        #expect(TagList.text(tags) == expected)
    }

    @Test func `a list that fits its limit is whole, and one byte less cuts it`() {
        let tags: [ClosedRange<UInt64>] = [1...3, 5...5, 1_000...1_999]
        // The word that says that a list was cut must still fit, so it counts from the start.
        #expect(TagList.text(tags, limit: 15 + 5) == "1-3,5,1000-1999")
        #expect(TagList.text(tags, limit: 15 + 4) == "1-3,5,more")
        #expect(TagList.text([1...3, 5...5], limit: 5 + 4) == "1-3,more")
    }

    @Test func `a list of very many tags is cut to fit a line, ends in more and begins as it should`() {
        let tags = (1...10_000).map { UInt64(2 * $0 + 9_000_000_000_000_000_000) }
        let text = TagList.text(tags)
        #expect(text.hasSuffix(",more"))
        #expect(text.hasPrefix("9000000000000000002,9000000000000000004,"))
        #expect(text.utf8.count <= Limits.line - 256)
        #expect(text.utf8.count > Limits.line - 300)
        let kept = text.dropLast(5).split(separator: ",").map { UInt64($0) }
        #expect(kept == tags.prefix(kept.count).map { Optional($0) })
    }

    @Test func `a cut list leaves room for the rest of its line`() {
        let tags = (1...10_000).map { UInt64(2 * $0) }
        let line = "LOST \(Limits.number) \(TagList.text(tags)) deleted"
        #expect(line.utf8.count <= Limits.line)
    }
}
