// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

/// The article's section "Bytes": lines, fields, numbers, data and headers, however they are cut into reads.
@Suite("Bytes") struct BytesTests {
    @Test(arguments: Frames.all)
    func `a frame means the same cut at every place`(frame: Frame) {
        let expected = Heard(events: [frame.event])
        #expect(Heard(frame.bytes) == expected)
        #expect(Heard(byteByByte: frame.bytes) == expected)
        for cut in frame.bytes.indices { #expect(Heard(frame.bytes, cuts: [cut]) == expected) }
    }

    @Test(arguments: Frames.all)
    func `nothing is found before the last byte of a frame`(frame: Frame) {
        for count in frame.bytes.indices {
            #expect(Heard(Array(frame.bytes.prefix(count))) == Heard(events: [], rest: count))
        }
    }

    @Test(arguments: Refusals.open)
    func `a refused frame is refused the same cut at every place`(frame: Refused) throws {
        let whole = Heard(frame.bytes)
        let error = try #require(whole.refusal)
        #expect(error.code == frame.code)
        #expect(Heard(byteByByte: frame.bytes) == whole)
        for cut in frame.bytes.indices { #expect(Heard(frame.bytes, cuts: [cut]) == whole) }
    }

    @Test(arguments: Refusals.fatal)
    func `a frame whose end is in doubt ends the conversation the same cut at every place`(frame: Refused) throws {
        let whole = Heard(frame.bytes)
        let error = try #require(whole.fatal)
        #expect(error.code == frame.code)
        #expect(Heard(byteByByte: frame.bytes) == whole)
        for cut in stride(from: 0, to: frame.bytes.count, by: max(1, frame.bytes.count / 100)) {
            #expect(Heard(frame.bytes, cuts: [cut]) == whole)
        }
    }

    @Test func `every pair of frames means the same cut at, before and behind its middle`() {
        for first in Frames.all {
            for second in Frames.all {
                let bytes = first.bytes + second.bytes
                let middle = first.bytes.count
                for cuts in [[], [middle - 1], [middle], [middle + 1], [middle - 1, middle, middle + 1]] {
                    #expect(Heard(bytes, cuts: cuts) == Heard(events: [first.event, second.event]))
                }
            }
        }
    }

    @Test func `a pipeline means the same chopped at random`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<300 {
            let frames = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Bool.random(using: &random) ? Self.good(&random) : Self.refused(&random)
            }
            let bytes = Array(frames.map(\.bytes).joined())
            let expected = Heard(events: frames.map(\.event))
            #expect(Heard(bytes) == expected)
            for _ in 0..<4 { #expect(Heard(bytes, cuts: random.cuts(bytes.count)) == expected) }
        }
    }

    @Test func `a receiver that wants no more gets the rest later`() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<100 {
            let frames = (0..<30).map { _ in Self.good(&random) }
            var listener = Listener()
            listener.hear(frames.map(\.bytes).joined(), room: 0)
            #expect(listener.events.isEmpty)
            var taken = 0
            while taken < frames.count {
                let room = Int.random(in: 1...5, using: &random)
                listener.hear([], room: room)
                taken = min(taken + room, frames.count)
                #expect(listener.events == frames.prefix(taken).map(\.event))
            }
            #expect(listener.rest.isEmpty)
        }
    }

    private static func good(_ random: inout SeededRandom) -> Frame {
        Frames.all[Int.random(in: 0..<Frames.all.count, using: &random)]
    }

    private static func refused(_ random: inout SeededRandom) -> Frame {
        let refused = Refusals.open[Int.random(in: 0..<Refusals.open.count, using: &random)]
        var frame = Frame("", .ack(consumer: 0, first: 0, last: 0))
        frame.bytes = refused.bytes
        frame.event = Heard(refused.bytes).events.first ?? frame.event
        return frame
    }
}
