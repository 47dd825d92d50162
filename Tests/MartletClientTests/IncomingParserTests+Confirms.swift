// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletClient

/// The fast way through confirms finds what the careful way finds.
extension IncomingParserTests {
    private struct Confirm: Equatable {
        var offset: UInt64
        var isDuplicate: Bool
        var isUnseen: Bool
    }

    private enum Found: Equatable {
        case confirm(Confirm)
        case other(String)
    }

    /// Reads pieces, at each place first by the fast way where it is allowed.
    private func read(_ pieces: [[UInt8]], limits: () -> Int) throws -> [Found] {
        var parser = IncomingParser()
        var found: [Found] = []
        for piece in pieces {
            piece.withUnsafeBytes { parser.append($0) }
            while true {
                let limit = limits()
                var taken = 0
                if limit > 0 {
                    taken = parser.confirms(atMost: limit) {
                        found.append(.confirm(Confirm(offset: $0, isDuplicate: $1, isUnseen: $2)))
                    }
                    #expect(taken <= limit)
                }
                if taken > 0 { continue }
                guard let step = try parser.next() else { break }
                found.append(Self.found(step))
            }
        }
        let isAtAnEnd = parser.isAtAnEnd()
        #expect(isAtAnEnd)
        return found
    }

    private static func found(_ step: IncomingParser.Step) -> Found {
        guard case .incoming(.reply(let reply)) = step, ["OK", "DUP"].contains(reply.word),
            let offset = reply.fields.first.flatMap({ UInt64($0) }), reply.fields.count == 1,
            reply.options.allSatisfy({ $0 == ("subs", "0") })
        else { return .other("\(step)") }
        return .confirm(
            Confirm(offset: offset, isDuplicate: reply.word == "DUP", isUnseen: reply.options["subs"] == "0"))
    }

    private func reply(_ random: inout SeededRandom) -> String {
        let number = UInt64.random(in: 0...UInt64.max >> UInt64.random(in: 0...63, using: &random), using: &random)
        let end = Bool.random(using: &random) ? "\r\n" : "\n"
        return switch Int.random(in: 0..<10, using: &random) {
        case 0...3: "OK \(number)\(end)"
        case 4: "OK \(number) subs=0\(end)"
        case 5: "DUP \(number)\(end)"
        case 6: "ERR full later \(number)\(end)"
        case 7: "OK \(number) due=7\(end)"
        case 8:
            ["NIL", "PING", "PONG", "OK", "QUEUED", "OK x", "OK 1 subs=01", "BYE reason=x"]
                .randomElement(using: &random).map { $0 + end } ?? end
        default: "DATA 3\(end)OK \(end)"
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `confirms are read the same by both ways, however they are cut`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let bytes = Array((0..<100).map { _ in reply(&random) }.joined().utf8)
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &random))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        let slow = try read([bytes], limits: { 0 })
        #expect(try read(pieces, limits: { 1_000 }) == slow)
        #expect(try read(pieces, limits: { Int.random(in: 0...3, using: &random) }) == slow)
        #expect(slow.count == 100)
    }

    @Test(arguments: ["OK 1 subs=0\r\n", "DUP 12\n", "OK 999999999999999999\r\n"])
    func `a confirm is not taken before its last byte`(text: String) {
        let bytes = Array(text.utf8)
        for length in 0...bytes.count {
            var parser = IncomingParser()
            bytes[..<length].withUnsafeBytes { parser.append($0) }
            #expect(parser.confirms(atMost: 9) { _, _, _ in } == (length == bytes.count ? 1 : 0))
        }
    }

    @Test(arguments: [
        "OK 1000000000000000000\n", "OK \n", "OK  1\n", "OK 1 subs=1\n", "OK 1 \n", "OK -1\n", "DUP\n", "OK 1\r\r\n",
        "PONG\n",
    ])
    func `what is no plain confirm is left to the careful way`(text: String) {
        var parser = IncomingParser()
        Array(text.utf8).withUnsafeBytes { parser.append($0) }
        var other = parser
        #expect(parser.confirms(atMost: 9) { _, _, _ in } == 0)
        let (left, expected) = (try? parser.next(), try? other.next())
        #expect(String(describing: left) == String(describing: expected))
    }

    @Test func `the fast way stays out of data`() throws {
        var parser = IncomingParser()
        Array("DATA 5\r\n".utf8).withUnsafeBytes { parser.append($0) }
        #expect(try parser.next() == nil)
        Array("OK 1\n\r\n".utf8).withUnsafeBytes { parser.append($0) }
        #expect(parser.confirms(atMost: 9) { _, _, _ in } == 0)
        guard case .incoming(.reply(let reply)) = try parser.next() else { return #expect(Bool(false)) }
        #expect(reply.data == Array("OK 1\n".utf8))
    }
}
