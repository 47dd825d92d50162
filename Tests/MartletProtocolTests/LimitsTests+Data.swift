// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

// Limits of lines and data, which end the conversation.
extension LimitsTests {
    /// A line of a publish that has as many bytes as are asked for.
    private func line(_ count: Int) -> [UInt8] {
        let end = " 0 id=i key=k"
        let name = String(repeating: "x", count: 200)
        // Surplus bytes stand in an option that does not exist, so that only the length is in question.
        let head = "PUB \(name)\(end) o="
        return Array((head + String(repeating: "y", count: count - head.utf8.count)).utf8)
    }

    @Test(arguments: ["\n", "\r\n"])
    func `a line has at most 4096 bytes, its line end not counted`(lineEnd: String) {
        let data = Array((lineEnd + "\n").utf8)
        let allowed = line(4_096) + data
        #expect(Heard(allowed).refusal?.code == .badOption)
        #expect(Heard(byteByByte: allowed) == Heard(allowed))
        let refused = line(4_097) + data
        #expect(Heard(refused).fatal == Refusal(.lineTooLong, "expected a line of at most 4096 bytes"))
        for cut in 4_090...refused.count { #expect(Heard(refused, cuts: [cut]) == Heard(refused)) }
        for cut in 4_090...allowed.count { #expect(Heard(allowed, cuts: [cut]) == Heard(allowed)) }
    }

    @Test func `a line without end is refused as soon as it is too long`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
        #expect(Heard(bytes) == Heard(events: [], rest: 4_096))
        #expect(Heard(bytes + [UInt8(ascii: "\r")]) == Heard(events: [], rest: 4_097))
        #expect(Heard(bytes + [UInt8(ascii: "x")]).fatal?.code == .lineTooLong)
        #expect(Heard(bytes + Array("\rx".utf8)).fatal?.code == .lineTooLong)
    }

    @Test(arguments: ["\n", "\r\n"])
    func `a line before HELLO succeeded has at most 1024 bytes`(lineEnd: String) {
        let head = "HELLO 1 token="
        let allowed = Array((head + String(repeating: "t", count: 1_024 - head.utf8.count) + lineEnd).utf8)
        #expect(Heard(allowed, greeted: false).isAccepted)
        #expect(Heard(byteByByte: allowed, greeted: false) == Heard(allowed, greeted: false))
        let refused = Array((head + String(repeating: "t", count: 1_025 - head.utf8.count) + lineEnd).utf8)
        let error = Refusal(.lineTooLong, "expected a line of at most 1024 bytes")
        #expect(Heard(refused, greeted: false).fatal == error)
        for cut in 1_020...refused.count { #expect(Heard(refused, cuts: [cut], greeted: false).fatal == error) }
    }

    @Test(arguments: [("client", 200), ("session", 200)])
    func `a name in HELLO has at most 200 bytes`(option: String, limit: Int) {
        let allowed = "HELLO 1 \(option)=\(String(repeating: "%41", count: limit))\n"
        #expect(Heard(allowed, greeted: false).isAccepted)
        let error = Heard("HELLO 1 \(option)=\(String(repeating: "%41", count: limit + 1))\n", greeted: false).fatal
        #expect(error?.code == .badOption)
        #expect(error?.text.hasPrefix("\(option): expected at most 200 bytes") == true)
    }

    @Test func `a heartbeat has at most 3600 seconds`() {
        #expect(Heard("HELLO 1 heartbeat=3600\n", greeted: false).isAccepted)
        let error = Heard("HELLO 1 heartbeat=3601\n", greeted: false).fatal
        #expect(error == Refusal(.badOption, "heartbeat: expected a number from 0 to 3600"))
    }

    @Test(arguments: [0, 1, 1_048_576, Limits.bodyCeiling])
    func `a body has at most the bytes that the configuration allows`(limit: Int) {
        let body = String(repeating: "b", count: limit)
        let heard = Heard("PUB a \(limit)\n\(body)\r\n", maxBody: limit)
        #expect(heard.isAccepted)
        let error = Heard("PUB a \(limit + 1)\n", maxBody: limit).fatal
        #expect(error == Refusal(.tooLarge, "length: expected at most \(limit) bytes"))
    }

    @Test(arguments: [0, 1, 65_535, 65_536], [0, 1, 1 << 20, Limits.bodyCeiling])
    func `a record's value has at most 64 KiB, whatever a body may have`(size: Int, maxBody: Int) {
        let value = String(repeating: "v", count: size)
        let expected = Heard(events: [.command(.set(SetRecord("a", "k", value, version: 0)))])
        let bytes = Array("SET a k \(size) version=0\n\(value)\r\n".utf8)
        #expect(Heard(bytes, maxBody: maxBody) == expected)
        #expect(Heard(bytes, cuts: [5, bytes.count / 2, bytes.count - 1], maxBody: maxBody) == expected)
        let error = Refusal(.tooLarge, "length: expected at most 65536 bytes")
        #expect(Heard("SET a k 65537 version=0\n", maxBody: maxBody).fatal == error)
    }

    @Test func `headers have at most 16 KiB, and do not count as body`() {
        let headers = "a: \(String(repeating: "v", count: 16_380))\n"
        let heard = Heard("PUB a 4 hdr=16384\n\(headers)body\n", maxBody: 4)
        #expect(heard == Heard(events: [.publish(Published("a", "body", headers: headers))]))
        let error = Heard("PUB a 4 hdr=16385\n", maxBody: 1 << 20).fatal
        #expect(error == Refusal(.tooLarge, "hdr: expected at most 16384 bytes"))
    }
}
