// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import Testing

/// Field values, headers and lists of tags as the protocol writes them.
struct FieldCodingTests {
    @Test(arguments: [
        ("plain-1", "plain-1"), ("a b", "a%20b"), ("100%", "100%25"), ("é\n", "%C3%A9%0A"), ("a=b", "a=b"),
    ])
    func `a field value is percent-encoded and comes back`(value: String, encoded: String) {
        #expect(FieldCoding.encode(value) == encoded)
        #expect(FieldCoding.decode(encoded) == value)
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
        #expect(TagList.lists([]) == [])
        #expect(TagList.lists([7]) == ["7"])
        #expect(TagList.lists([1, 2, 3, 5, 7, 8]) == ["1-3,5,7-8"])
    }

    @Test func `a list of tags that would not fit a line is cut`() throws {
        let tags = Array(stride(from: UInt64(1), through: 9_999, by: 2))
        let lists = TagList.lists(tags, limit: 100)
        #expect(lists.allSatisfy { $0.utf8.count <= 100 })
        #expect(try lists.flatMap { list in try #require(TagList.ranges(in: list)).map(\.lowerBound) } == tags)
    }

    @Test(arguments: ["", "a", "1-", "-1", "3-1", "1-2-3", "1,,2"])
    func `what is no list of tags is not taken`(list: String) {
        #expect(TagList.ranges(in: list) == nil)
    }
}
