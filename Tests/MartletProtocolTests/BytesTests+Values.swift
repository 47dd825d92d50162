// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

// The values that fields hold.
extension BytesTests {
    @Test(
        arguments: [
            ("0", 0), ("1", 1), ("10", 10), ("9223372036854775807", UInt64(Int64.max)), ("", nil), ("00", nil),
            ("01", nil),
            ("-1", nil), ("+1", nil), ("1a", nil), ("0x1", nil), ("1.0", nil), (" 1", nil), ("1 ", nil),
            ("9223372036854775808", nil), ("18446744073709551616", nil), ("9999999999999999999", nil),
            ("10000000000000000000", nil),
        ] as [(String, UInt64?)])
    func `a number is decimal and at most 2^63-1`(text: String, expected: UInt64?) {
        #expect(Array(text.utf8).withUnsafeBytes { Value.number($0) } == expected)
    }

    @Test(
        arguments: [
            ("0ms", 0), ("1ms", 1), ("30s", 30_000), ("5m", 300_000), ("12h", 43_200_000), ("7d", 604_800_000),
            ("9223372036854775807ms", Int.max), ("9223372036854775807s", nil), ("106751991168d", nil), ("5", nil),
            ("s", nil), ("5S", nil), ("5us", nil), ("05s", nil), ("-5s", nil), ("1h30m", nil), ("1.5s", nil), ("", nil),
        ] as [(String, Int?)])
    func `a duration is a number with ms, s, m, h or d`(text: String, expected: Int?) {
        #expect(DurationCoding.decode(text.utf8) == expected)
    }

    @Test(
        arguments: [
            ("", []), ("abc", [97, 98, 99]), ("%25", [37]), ("%00%ff%Ff", [0, 255, 255]), ("a%20b", [97, 32, 98]),
            ("%4142", [65, 52, 50]), ("%", nil), ("%4", nil), ("a%", nil), ("%zz", nil), ("%4g", nil), ("%%41", nil),
        ] as [(String, [UInt8]?)])
    func `a byte is written as % and two hexadecimal digits`(text: String, expected: [UInt8]?) {
        #expect(Array(text.utf8).withUnsafeBytes { Value.bytes($0) } == expected)
    }

    @Test func `every byte survives being written and read`() throws {
        let all = (0...255).map { UInt8($0) }
        let line = pushed(key: all)
        let start = try #require(line.firstRange(of: Array(" key=".utf8))?.upperBound)
        let end = try #require(line[start...].firstIndex(of: UInt8(ascii: "\r")))
        #expect(Array(line[start..<end]).withUnsafeBytes { Value.bytes($0) } == all)
    }

    @Test(arguments: [
        ("a", true), ("Z-9_", true), ("a.b.c", true), ("-", true), ("", false), (".", false), ("a.", false),
        (".a", false), ("a..b", false), ("a b", false), ("a/b", false), ("a*", false), ("$a", false), ("a$", false),
        ("\u{e9}", false), ("a\0", false), ("%41", false), ("a=b", false),
    ])
    func `a name is words joined by dots`(name: String, isValid: Bool) {
        #expect(Name.isValid(name) == isValid)
        #expect(Array(name.utf8).withUnsafeBytes { Name.isReadable($0) } == (isValid || name == "$a"))
    }

    @Test(arguments: ["$", "$.a", "$a.", "$$a", "$a b"])
    func `a name of the broker is a dollar sign and a name`(name: String) {
        #expect(!Array(name.utf8).withUnsafeBytes { Name.isReadable($0) })
    }

    @Test func `every byte that is no letter, digit, _ or - is refused in a name`() {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect([byte].withUnsafeBytes { Name.isValid($0) } == allowed.contains(byte))
        }
    }

    @Test func `every control byte is refused in a field and every printable one is not`() {
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: " ") {
            let heard = Heard(Array("INFO ".utf8) + [byte] + Array("\n".utf8))
            let isPrintable = (0x21...0x7E).contains(byte)
            // A CR before the LF belongs to the line end, which leaves an empty field.
            #expect(heard.refusal?.code == .badArgument)
            #expect(heard.refusal?.text.contains("expected topics, topic") == isPrintable)
        }
    }

    @Test(arguments: [
        "a: b\n", "a: \n", "a: b: c\n", "traceparent: 00-4bf9-01\nce-id: 7\n", "A.b_c-9: x\nA.b_c-8: x\n",
        "n: caf\u{e9} \u{1F426}\n", "martlet: x\n", "a:  two\n",
    ])
    func `headers are lines of a name and a value`(block: String) {
        #expect(problem(block) == nil)
        let frame = "PUB t 1 hdr=\(block.utf8.count)\n\(block)x\n"
        #expect(Heard(frame).events == [.publish(Published("t", "x", headers: block))])
    }

    @Test(arguments: [
        ("a: b", "each line to end with LF"), ("a\n", "'Name: value'"), ("a:b\n", "'Name: value'"),
        ("a:\n", "'Name: value'"), ("\n", "'Name: value'"), ("a: b\n\nc: d\n", "'Name: value'"),
        (": b\n", "names of 1 to 64"), ("a b: c\n", "names of 1 to 64"), ("\u{e9}: c\n", "names of 1 to 64"),
        ("a: b\na: c\n", "'a' is given twice"), ("Ce-Id: b\ncE-iD: c\n", "'ce-id' is given twice"),
        ("a: \t\n", "value of 'a'"), ("a: b\r\n", "value of 'a'"), ("b: \u{7f}\n", "value of 'b'"),
        ("a: \0\n", "value of 'a'"), ("Martlet-X: y\n", "belong to the broker"),
        ("MARTLET-: y\n", "belong to the broker"),
    ])
    func `headers that break the rule are refused with what is wrong`(block: String, what: String) throws {
        #expect(try #require(problem(block)).contains(what))
    }

    @Test func `a value of a header that is not UTF-8 is refused`() {
        let block: [UInt8] = Array("a: ".utf8) + [0xFF, 0x0A]
        #expect(block.withUnsafeBytes { HeaderBlock.problem(in: $0) }?.contains("UTF-8") == true)
    }

    private func problem(_ block: String) -> String? {
        Array(block.utf8).withUnsafeBytes { HeaderBlock.problem(in: $0) }
    }
}
