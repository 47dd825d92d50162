// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletTestKit

@Suite("Cutting frames") struct FrameCutterTests {
    private static let clientFrames = [
        "HELLO 1 client=x\r\n", "PUB a 5\r\nhello\r\n", "PING\n", "PUB a 0 id=x\n\n",
        "PUB a 3 hdr=7 key=k\r\nA: b\nX\nPUB\r\n", "SET s k 4 version=any\r\n\r\n\r\n\r\n", "MSG 1 1 1 1 9 time=1\r\n",
        "DATA 7\r\n", "PUBLISH\r\n", "\r\n", "\n", "ACK 1 1-9\r\n",
    ]
    private static let brokerFrames = [
        "OK 1 martlet/0 max-body=9\r\n", "MSG 1 1 1 1 5 time=1 hdr=4\r\nA:b\nhello\r\n", "OK\r\n",
        "DATA 2 version=1\r\n{}\r\n", "PUB a 5\r\n", "SET s k 5\r\n", "MSG 1 2 2 1 0 time=1\n\n", "NIL\r\n",
        "LOST 1 2 timeout\r\n", "ERR bad\r\n",
    ]

    private func cut(_ side: FrameSide, _ reads: [[UInt8]]) throws -> [String] {
        var cutter = FrameCutter(side)
        var frames: [String] = []
        for read in reads {
            cutter.append(read)
            while let frame = try cutter.next() { frames.append(String(decoding: frame.bytes, as: UTF8.self)) }
        }
        #expect(cutter.takeRest() == [])
        return frames
    }

    @Test(arguments: [FrameSide.client, .broker])
    func `frames do not depend on how the bytes are cut`(_ side: FrameSide) throws {
        let frames = side == .client ? Self.clientFrames : Self.brokerFrames
        let bytes = Array(frames.joined().utf8)
        #expect(try cut(side, [bytes]) == frames)
        #expect(try cut(side, bytes.map { [$0] }) == frames)
        for place in 1..<bytes.count {
            #expect(try cut(side, [Array(bytes[..<place]), Array(bytes[place...])]) == frames)
        }
    }

    @Test func `a frame knows its line, word and fields`() throws {
        var cutter = FrameCutter(.broker)
        cutter.append("MSG 1 2 3 4 2 time=1\r\nab\r\n".utf8)
        let frame = try #require(try cutter.next())
        #expect(frame.line == "MSG 1 2 3 4 2 time=1")
        #expect(frame.word == "MSG")
        #expect(frame.fields[1...4] == ["1", "2", "3", "4"])
    }

    @Test(arguments: [
        (FrameCutter.maxFirstLine, true, FrameSide.client), (FrameCutter.maxLine, false, .client),
        (FrameCutter.maxLine, true, .broker),
    ])
    func `a line at its limit passes, and one past it is an error`(
        _ limit: Int, _ isFirst: Bool, _ side: FrameSide
    ) throws {
        for (ending, excess) in [("\n", 0), ("\r\n", 0), ("\n", 1), ("\r\n", 1), ("", 2)] {
            var cutter = FrameCutter(side)
            if !isFirst {
                cutter.append("HELLO 1\n".utf8)
                _ = try cutter.next()
            }
            let line = String(repeating: "x", count: limit + excess)
            // The limit is noticed with the last byte at the latest, whatever the reads were.
            for byte in line.utf8.dropLast(4) {
                cutter.append([byte])
                #expect(try cutter.next() == nil)
            }
            cutter.append(line.utf8.suffix(4))
            cutter.append(ending.utf8)
            if excess == 0 {
                #expect(try cutter.next()?.line == line)
            } else {
                #expect(throws: FrameCutter.Failure.lineTooLong) { try cutter.next() }
                #expect(throws: FrameCutter.Failure.lineTooLong) { try cutter.next() }
                #expect(cutter.takeRest() == Array((line + ending).utf8))
            }
        }
    }

    @Test(arguments: [
        "PUB", "PUB a", "PUB a ", "PUB a x", "PUB a -1", "PUB a 01", "PUB a +1", "PUB a 1 hdr=", "PUB a 1 hdr=x",
        "PUB a 1 hdr=1 hdr=1", "SET", "SET s k", "SET s k v",
    ])
    func `a length that cannot be read is an error`(_ line: String) throws {
        #expect(throws: FrameCutter.Failure.badLength) { try cut(.client, [Array("HELLO 1\n\(line)\n".utf8)]) }
    }

    @Test(arguments: ["MSG 1 1 1 1", "MSG", "MSG 1 1 1 1 x", "DATA", "DATA x", "MSG 1 1 1 1 1 hdr=1 hdr=2"])
    func `a length of the broker that cannot be read is an error`(_ line: String) throws {
        #expect(throws: FrameCutter.Failure.badLength) { try cut(.broker, [Array("\(line)\n".utf8)]) }
    }

    @Test func `a length past the limit is an error before its data`() throws {
        var cutter = FrameCutter(.client)
        cutter.maxBody = 3
        cutter.append("HELLO 1\nPUB a 3\nabc\nPUB a 4\n".utf8)
        #expect(try cutter.next()?.word == "HELLO")
        #expect(try cutter.next()?.word == "PUB")
        #expect(throws: FrameCutter.Failure.tooLarge) { try cutter.next() }
        let huge = [
            "PUB a 9223372036854775807", "PUB a 99999999999999999999999", "PUB a 1 hdr=16385", "SET s k 16777217",
        ]
        for line in huge {
            #expect(throws: FrameCutter.Failure.tooLarge) { try cut(.client, [Array("HELLO 1\n\(line)\n".utf8)]) }
        }
        #expect(throws: FrameCutter.Failure.tooLarge) { try cut(.broker, [Array("DATA 1073741825\n".utf8)]) }
    }

    @Test(arguments: ["PUB a 2\r\nabc\n", "PUB a 2\r\nab\rc"])
    func `data without its line end is an error`(_ text: String) throws {
        #expect(throws: FrameCutter.Failure.badDataEnd) { try cut(.client, [Array("HELLO 1\n\(text)".utf8)]) }
    }

    @Test func `random bytes never trap`() throws {
        var random = SystemRandomNumberGenerator()
        let words = [
            "PUB a 1", "MSG 1 1 1 1 2", "hdr=3", "DATA 3", " ", "\n", "\r\n", "\0", "\u{FFFD}", "9", "SET s k 1",
        ]
        for round in 0..<500 {
            var cutter = FrameCutter(round.isMultiple(of: 2) ? .client : .broker)
            var whole = 0
            var sent = 0
            for _ in 0..<40 {
                let bytes =
                    Bool.random()
                    ? Array((words.randomElement() ?? "").utf8) : [UInt8(truncatingIfNeeded: random.next())]
                cutter.append(bytes)
                sent += bytes.count
            }
            do throws(FrameCutter.Failure) {
                while let frame = try cutter.next() { whole += frame.bytes.count }
            } catch {}
            #expect(whole + cutter.takeRest().count == sent)
        }
    }
}
