// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletProtocol

/// Field values, headers and lists of tags as the protocol writes them.
struct FieldCodingTests {
    @Test(arguments: [
        ("plain-1", "plain-1"), ("a b", "a%20b"), ("100%", "100%25"), ("é\n", "%C3%A9%0A"), ("a=b", "a=b"),
    ])
    func `a field value is percent-encoded and comes back`(value: String, encoded: String) {
        var buffer = ByteBuffer()
        buffer.writeField(value)
        #expect(String(buffer: buffer) == encoded)
        #expect(FieldCoding.decode(encoded) == value)
        #expect(Array(encoded.utf8).withUnsafeBytes { FieldCoding.decode($0) } == Array(value.utf8))
    }

    @Test(arguments: ["%", "%2", "%GG", "a%C3"])
    func `what is badly encoded is not taken`(field: String) {
        #expect(FieldCoding.decode(field) == nil)
    }

    @Test func `a header block is read as it was written`() throws {
        let block = try HeaderBlock.bytes(of: [("a", "1"), ("content-type", "text/plain: x")])
        #expect(
            block.withUnsafeBytes(HeaderBlock.pairs).map { "\($0.name)=\($0.value)" } == [
                "a=1", "content-type=text/plain: x",
            ])
    }

    @Test(arguments: ["", "a b", "Martlet-x", String(repeating: "n", count: 65)])
    func `a header name that cannot be sent is refused`(name: String) {
        #expect(throws: Refusal.self) { try HeaderBlock.bytes(of: [(name, "x")]) }
    }

    @Test func `a header value without control characters is taken`() throws {
        #expect(throws: Refusal.self) { try HeaderBlock.bytes(of: [("a", "1\n2")]) }
        #expect(try HeaderBlock.bytes(of: [(String(repeating: "n", count: 64), "é")]).count == 64 + 2 + 2 + 1)
    }

    @Test func `tags become ranges`() {
        #expect(TagList.pieces([]) == [])
        #expect(TagList.pieces([7]) == [[7...7]])
        #expect(TagList.pieces([1, 2, 3, 5, 7, 8]) == [[1...3, 5...5, 7...8]])
    }

    @Test(arguments: [13, 100, 101, 102, 103])
    func `tags that would not fit a line are cut in pieces that do`(limit: Int) {
        let tags = Array(stride(from: UInt64(1), through: 9_999, by: 2)) + [200_001, 200_002]
        let pieces = TagList.pieces(tags, limit: limit)
        let lines = pieces.map { TagList.text($0) }
        #expect(lines.allSatisfy { $0.utf8.count <= limit && !$0.isEmpty })
        #expect(pieces.joined().flatMap { Array($0) } == tags)
        // No piece could have taken the first range of the next.
        for (line, next) in zip(lines, pieces.dropFirst()) {
            #expect("\(line),\(TagList.text([next[0]]))".utf8.count > limit)
        }
    }

    @Test(arguments: ["", "a", "1-", "-1", "3-1", "1-2-3", "1,,2"])
    func `what is no list of tags is not taken`(list: String) {
        #expect(TagList.ranges(in: list) == nil)
    }
}
