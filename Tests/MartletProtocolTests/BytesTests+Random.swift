// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

// Bytes that nobody planned.
extension BytesTests {
    private static let words = [
        "PUB ", "SET ", "GET ", "UNSET ", "LIST ", "RECEIPT ", "BEGIN", "COMMIT", "version=", "any", "ttl=5s", "ACK ",
        "NACK ", "TOUCH ", "SUB ", "HELLO ", "WHY ", "id:", "TREE ", "RESOLVE ", "SEEK ", "EXPECT ", " delay=5s",
        " at=1", " ttl=5s", "INFO", "PEEK ", "PING", "orders", "a.b",
        "$dead.a",
        " ", "  ", "0", "1", "2", "5", "7-9", ",", "01", "-", "16385", "9223372036854775807", "9223372036854775808",
        " hdr=5", " hdr=", " id=", " key=%", "%41", "=", "window=", "a: b\n", "\n", "\n", "\n", "\r\n", "\r\n", "\r",
        "\0", "\u{e9}", "x", "hello",
    ].map { Array($0.utf8) }

    /// Reads the bytes whole, one by one and cut at random, and expects the same of all.
    private func expectNoDifference(_ bytes: [UInt8], _ random: inout SeededRandom) {
        for greeted in [true, false] {
            let whole = Heard(bytes, greeted: greeted, maxBody: 64)
            #expect(whole.rest <= bytes.count)
            #expect(Heard(byteByByte: bytes, greeted: greeted, maxBody: 64) == whole)
            #expect(Heard(bytes, cuts: random.cuts(bytes.count), greeted: greeted, maxBody: 64) == whole)
        }
    }

    @Test func `random bytes never trap and mean the same however they are cut`() {
        var random = SeededRandom(seed: 20)
        for _ in 0..<250 {
            let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            expectNoDifference(bytes, &random)
        }
    }

    @Test func `random words never trap and mean the same however they are cut`() {
        var random = SeededRandom(seed: 21)
        for _ in 0..<600 {
            let count = Int.random(in: 1...40, using: &random)
            let bytes = (0..<count).flatMap { _ in Self.words[Int.random(in: 0..<Self.words.count, using: &random)] }
            expectNoDifference(bytes, &random)
        }
    }

    @Test func `damaged frames never trap and mean the same however they are cut`() {
        var random = SeededRandom(seed: 22)
        for _ in 0..<500 {
            var bytes = (0..<4).flatMap { _ in Frames.all[Int.random(in: 0..<Frames.all.count, using: &random)].bytes }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            expectNoDifference(bytes, &random)
        }
    }

    @Test func `what follows refused data is the next command`() {
        for frame in Refusals.open {
            let events = Heard(frame.bytes + Array("PING\n".utf8)).events
            #expect(events.count == 2)
            #expect(events.last == .command(.ping))
        }
    }

    @Test func `nothing is read behind a frame whose end is in doubt`() {
        for frame in Refusals.fatal {
            #expect(Heard(frame.bytes + Array("\nPING\nPING\n".utf8)).fatal?.code == frame.code)
        }
    }
}
