// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletClient

/// JSON as the broker answers it.
struct JSONValueTests {
    private func value(_ text: String) -> JSONValue? { JSONValue(Array(text.utf8)) }

    @Test func `values are read`() {
        #expect(value(" null ") == .null)
        #expect(
            value("[true,false , 0,-1,9223372036854775807]")
                == .array([
                    .bool(true), .bool(false), .integer(0), .integer(-1), .integer(.max),
                ]))
        #expect(
            value("[1.5,-0.25,1e3,2E-1,9223372036854775808]")
                == .array([
                    .number(1.5), .number(-0.25), .number(1_000), .number(0.2), .number(9_223_372_036_854_775_808),
                ]))
        let object = value(#"{"a":{"b":[]},"c":"d","e":7, "f" : {}}"#)
        #expect(object?["a"]?["b"]?.array == [] && object?["c"]?.string == "d" && object?["e"]?.integer == 7)
        #expect(object?["f"] == .object([:]) && object?["g"] == nil && object?["c"]?["d"] == nil)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u20AC\ud83d\ude00""#, "\u{e9}\u{20ac}\u{1F600}"),
        ("\"caf\u{e9}\"", "caf\u{e9}"), (#""""#, ""),
    ])
    func `text is read, and what is written is read as it was`(json: String, text: String) {
        #expect(value(json) == .string(text))
        var writer = JSONWriter()
        writer.string(text)
        #expect(JSONValue(writer.bytes) == .string(text))
    }

    @Test(arguments: [
        "", "nul", "tru", "[", "[1", "[1,", "[1,]", "[1 2]", "{", #"{"a""#, #"{"a":"#, #"{"a":1,}"#, "{a:1}", "1 2",
        "[]]", "01",
        "-", "+1", ".5", "1.", "1e", "1.e5", "-01", "--1", "nan", "infinity", "0x10", #""\x""#, #""\u12""#,
        #""\ud83d""#,
        #""\ud83d\u0041""#, #""\udc00""#, #""a"#, "\"a\nb\"", "'a'",
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(value(text) == nil)
    }

    @Test func `text that is not UTF-8 is refused`() { #expect(JSONValue([0x22, 0xFF, 0x22]) == nil) }

    @Test func `values nest up to a limit`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(value(nested(4_096)) != nil)
        #expect(value(nested(4_097)) == nil)
        #expect(value(nested(1_000_000)) == nil)
    }

    @Test func `a listing is read without the keys that are not text`() throws {
        let json =
            #"[{"key":"a","version":1,"time":2,"length":3,"expires":4,"new":null},{"keyBase64":"/w==","version":1},"#
            + #"{"key":"b","version":9223372036854775807,"length":0}]"#
        #expect(
            try RecordSummary.list(Array(json.utf8)) == [
                RecordSummary(key: "a", version: 1, time: 2, expires: 4, length: 3),
                RecordSummary(key: "b", version: 9_223_372_036_854_775_807, time: 0, expires: nil, length: 0),
            ])
        #expect(try RecordSummary.list(Array("[]".utf8)) == [])
        for wrong in ["", "{}", "[1]", #"[{"key":"a"}]"#, #"[{"key":"a","version":-1,"length":1}]"#, "[{}]"] {
            #expect(throws: ClientError.self) { try RecordSummary.list(Array(wrong.utf8)) }
        }
    }
}
