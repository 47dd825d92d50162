// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

/// What is written must satisfy any JSON parser.
struct JSONWriterTests {
    private func parsed(_ body: (inout JSONWriter) -> Void) throws -> [String: Any] {
        var writer = JSONWriter()
        writer.object(body)
        return try #require(try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any])
    }

    @Test func `objects, lists and numbers nest with commas where they belong`() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("a", 1)
            writer.name("b")
            writer.list { writer in
                writer.object { _ in }
                writer.number(UInt64.max)
                writer.object { $0.member("c", true) }
            }
            writer.member("d", "e")
        }
        #expect(writer.text == #"{"a":1,"b":[{},18446744073709551615,{"c":true}],"d":"e"}"#)
    }

    @Test func `every character below a space, quotes and backslashes come back as they were`() throws {
        let text = String(String.UnicodeScalarView((0..<0x80).map { Unicode.Scalar($0) })) + "äöü€😀"
        let object = try parsed { $0.member("text", text) }
        #expect(object["text"] as? String == text)
    }

    @Test(arguments: [[], [0xFF], [0xFF, 0], [1, 2, 0xFE], Array(UInt8.min...UInt8.max)] as [[UInt8]])
    func `bytes that are not text stand as base64`(bytes: [UInt8]) throws {
        let object = try parsed { $0.member("id", bytes) }
        if String(validating: bytes, as: UTF8.self) != nil {
            #expect(object["id"] as? String == String(decoding: bytes, as: UTF8.self))
        } else {
            #expect(object["idBase64"] as? String == Data(bytes).base64EncodedString())
            #expect(object["id"] == nil)
        }
    }

    @Test(arguments: [0, 1, 2, 3, 1_023, 1_024, 1_025, 3_071, 3_072, 3_073, 3_074, 10_000])
    func `text and bytes of any length are whole, also where they are worked on in blocks`(count: Int) throws {
        let text = String((0..<count).map { index in index % 7 == 0 ? "\"" : index % 5 == 0 ? "\n" : "x" })
        let plain = String(repeating: "é", count: count)
        let bytes = [UInt8](repeating: 0xFE, count: count) + [0xFF]
        let object = try parsed { writer in
            writer.member("text", text)
            writer.member("plain", plain)
            writer.member("bytes", bytes)
            writer.member("number", count)
        }
        #expect(object["text"] as? String == text)
        #expect(object["plain"] as? String == plain)
        #expect(object["bytesBase64"] as? String == Data(bytes).base64EncodedString())
        #expect(object["number"] as? Int == count)
    }

    @Test func `a list that is begun and ended apart has its commas too`() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("list")
            writer.beginList()
            for number in [0, 9, 10, -1] { writer.number(number) }
            writer.endList()
            writer.member("next", UInt64.max)
        }
        #expect(writer.text == #"{"list":[0,9,10,-1],"next":18446744073709551615}"#)
    }
}
