// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletClient

/// Frames are found in bytes, however they are cut.
struct IncomingParserTests {
    private let conversation =
        "OK 1 martlet/0.1.0 session=a%20b max-body=10\r\nPING\nDUP 7\r\n"
        + "MSG 1 2 3 4 5 time=6 id=o%251 hdr=5\r\na: b\nhel\nl\r\nDATA 2\r\n{}\nNIL\n"
        + "LOST 1 1-3,7,more timeout\r\nBYE reason=shutdown\r\nERR full try again later\r\nPONG\r\n"

    private func parse(_ text: String, piece: Int) throws -> [String] {
        var parser = IncomingParser()
        var found: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { parser.append($0) }
            while let step = try parser.next() { found.append(describe(step)) }
        }
        let isAtAnEnd = parser.isAtAnEnd()
        #expect(isAtAnEnd)
        return found
    }

    private func describe(_ step: IncomingParser.Step) -> String {
        switch step {
        case .ping: "ping"
        case .pong: "pong"
        case .incoming(.reply(let reply)):
            "\(reply.word) \(reply.fields) \(reply.options["session"] ?? "") "
                + String(decoding: reply.data, as: UTF8.self)
        case .incoming(.refusal(let code, let message)): "\(code)|\(message)"
        case .incoming(.message(let message)):
            "\(message.consumer) \(message.tag) \(message.offset) \(message.attempt) \(message.time) "
                + "\(message.options["id"] ?? "") \(message.headers) \(String(decoding: message.body, as: UTF8.self))"
        case .incoming(.lost(let consumer, let tags, let reason)): "lost \(consumer) \(tags) \(reason)"
        case .incoming(.gone(let consumer, let reason)): "gone \(consumer) \(reason)"
        case .incoming(.goodbye(let reason)): "bye \(reason)"
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1_000])
    func `a conversation is read in pieces of any size`(piece: Int) throws {
        #expect(
            try parse(conversation, piece: piece) == [
                #"OK ["1", "martlet/0.1.0"] a b "#, "ping", #"DUP ["7"]  "#,
                #"1 2 3 4 6 o%1 [(name: "a", value: "b")] "# + "hel\nl", #"DATA ["2"]  {}"#, "NIL []  ",
                "lost 1 [ClosedRange(1...3), ClosedRange(7...7)] timeout", "bye shutdown", "full|try again later",
                "pong",
            ])
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\n", "MSG 1 2\n", "DATA x\n", "DATA -1\n", "LOST 1 x\n", "OK a=%2\n", "\n",
        "MSG 1 1 1 1 1 hdr=x\n", "MSG 9223372036854775807 1 1 1 9223372036854775807\n",
    ])
    func `what is not the protocol is an error and never a trap`(text: String) {
        var parser = IncomingParser()
        Array(text.utf8).withUnsafeBytes { parser.append($0) }
        #expect(throws: ClientError.self) { try parser.next() }
    }

    @Test func `a conversation may be cut at every byte`() throws {
        let bytes = Array(conversation.utf8)
        let whole = try parse(conversation, piece: bytes.count)
        for place in 1..<bytes.count {
            var parser = IncomingParser()
            var found: [String] = []
            for piece in [bytes[..<place], bytes[place...]] {
                piece.withUnsafeBytes { parser.append($0) }
                while let step = try parser.next() { found.append(describe(step)) }
            }
            #expect(found == whole)
        }
    }

    /// Whether a line of so many bytes is read when it comes in the given pieces.
    private func isRead(_ count: Int, end: String, piece: Int) -> Bool {
        let bytes = Array(("OK " + String(repeating: "x", count: count - 3) + end).utf8)
        var parser = IncomingParser()
        do throws(ClientError) {
            for start in stride(from: 0, to: bytes.count, by: piece) {
                bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { parser.append($0) }
                if try parser.next() != nil { return true }
            }
        } catch {
            #expect(error.code == .protocolViolation)
        }
        return false
    }

    @Test(arguments: ["\n", "\r\n"], [1, 4_097, 10_000])
    func `a line has a limit, however it comes`(end: String, piece: Int) {
        #expect(isRead(4_096, end: end, piece: piece))
        #expect(!isRead(4_097, end: end, piece: piece))
    }

    @Test(arguments: [
        "MSG 1 1 1 1 1 time=-5\r\nx\r\n", "MSG 1 1 1 1 1\r\nxy\r\n", "MSG 1 1 1 1 1\r\nx\rz", "DATA 1\r\nxPING\r\n",
        "MSG 1 1 1 1 16777217\r\n", "MSG -1 1 1 1 1\r\nx\r\n", "MSG 1 1 99999999999999999999 1 1\r\nx\r\n",
        "LOST 1 5-1 x\r\n", "LOST 1 99999999999999999999 x\r\n", "MSG 1 1 1 1 1 hdr=-1\r\n",
    ])
    func `hostile numbers and ends of data are errors`(text: String) {
        var parser = IncomingParser()
        Array(text.utf8).withUnsafeBytes { parser.append($0) }
        #expect(throws: ClientError.self) { try parser.next() }
    }

    @Test func `a message is read with options that are not known, and with an id that is not UTF-8`() throws {
        let text = "MSG 1 2 3 4 0 later time=5 id=a%FF%25 key=%FE new=%20 bare hdr=0 receipt=done\r\n\r\n"
        var parser = IncomingParser()
        Array(text.utf8).withUnsafeBytes { parser.append($0) }
        guard case .incoming(.message(let message)) = try parser.next() else { return #expect(Bool(false)) }
        #expect(message.time == 5 && message.attempt == 4 && message.idBytes == [0x61, 0xFF, 0x25])
        #expect(
            message.options == ["id": "a\u{FFFD}%", "key": "\u{FFFD}", "new": " ", "receipt": "done"])
    }

    @Test func `a message's numbers have limits`() {
        func isTaken(_ line: String) -> Bool { Array(line.utf8).withUnsafeBytes { MessageLine($0) != nil } }
        let most = Int.max >> 1
        #expect(isTaken("MSG \(most) \(most) \(most) \(most) 16777216 time=\(most) hdr=1048576"))
        for line in [
            "MSG \(most + 1) 1 1 1 1", "MSG 1 1 1 1 16777217", "MSG 1 1 1 1 1 hdr=1048577",
            "MSG 1 1 1 1 1 time=\(most + 1)", "MSG 1 1 1 1", "MSG 1 1 1 1 ", "MSG 1 1 1 1 +1", "MSG 1  1 1 1 1",
            "MSG 1 1 1 1 1 time=", "MSG 1 1 1 1 1 id=%", "MSG 1 1 1 1 1 id=%0", "MSG ",
        ] {
            #expect(!isTaken(line), "\(line)")
        }
    }

    @Test func `a body may be as long as the protocol allows`() throws {
        var parser = IncomingParser()
        Array("MSG 1 1 1 1 16777216\r\n".utf8).withUnsafeBytes { parser.append($0) }
        #expect(try parser.next() == nil)
        Array(repeating: UInt8(ascii: "x"), count: 16 << 20).withUnsafeBytes { parser.append($0) }
        Array("\r\n".utf8).withUnsafeBytes { parser.append($0) }
        guard case .incoming(.message(let message)) = try parser.next() else { return #expect(Bool(false)) }
        #expect(message.body.count == 16 << 20)
    }
}

extension IncomingParser {
    /// Whether all bytes were taken: what comes next is read as a line of its own.
    mutating func isAtAnEnd() -> Bool {
        Array("PING\n".utf8).withUnsafeBytes { append($0) }
        guard case .ping? = try? next() else { return false }
        return true
    }
}
