// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletService

/// The clock of a broker that could not run for a while, in virtual time.
struct PauseCorrectionTests {
    private static let start: UInt64 = 1_000_000

    private func correction() -> PauseCorrection { PauseCorrection(at: Self.start) }

    @Test func `without a pause the clock is the steady clock`() {
        var correction = correction()
        for turn in 1...100 {
            let time = Self.start + UInt64(turn) * 1_000
            #expect(correction.turn(at: time, planned: 1_000) == nil)
            #expect(correction.corrected(time) == time)
        }
    }

    @Test(arguments: [UInt64(0), 500, 1_000])
    func `a turn may be a second late, and one that is later follows a pause`(planned: UInt64) {
        var late = correction()
        let atLimit = Self.start + planned + PauseCorrection.tolerance
        #expect(late.turn(at: atLimit, planned: planned) == nil)
        #expect(late.corrected(atLimit) == atLimit)
        var paused = correction()
        #expect(paused.turn(at: atLimit + 1, planned: planned) == planned + PauseCorrection.tolerance + 1)
        #expect(paused.corrected(atLimit + 1) == Self.start)
    }

    @Test func `the clock stands a little longer, so that sockets are read before anything is due, and then goes on`() {
        var correction = correction()
        let end = Self.start + 70_000
        #expect(correction.turn(at: end, planned: 5) == 70_000)
        #expect(correction.corrected(end + PauseCorrection.settling) == Self.start)
        #expect(correction.corrected(end + PauseCorrection.settling + 1) == Self.start + 1)
        #expect(correction.corrected(end + PauseCorrection.settling + 30_000) == Self.start + 30_000)
    }

    @Test func `a sleep without an end is no pause`() {
        var correction = correction()
        #expect(correction.turn(at: Self.start + 86_400_000, planned: nil) == nil)
        #expect(correction.corrected(Self.start + 86_400_000) == Self.start + 86_400_000)
    }

    @Test func `pauses one after another are all given back, and the clock never falls`() {
        var correction = correction()
        var (time, last) = (Self.start, Self.start)
        for _ in 1...1_000 {
            time += 70_000
            #expect(correction.turn(at: time, planned: 0) == 70_000)
            #expect(correction.corrected(time) >= last)
            time += 10
            #expect(correction.turn(at: time, planned: 100) == nil)
            #expect(correction.corrected(time) >= last)
            last = correction.corrected(time)
        }
        #expect(last - Self.start <= 10 * 1_000)
    }

    @Test func `a flush of a second counts, and a longer one does not`() {
        var short = correction()
        short.flushed(at: Self.start + PauseCorrection.tolerance)
        #expect(short.corrected(Self.start + 1_000) == Self.start + 1_000)
        var long = correction()
        long.flushed(at: Self.start + 4_000)
        #expect(long.corrected(Self.start + 4_000 + PauseCorrection.settling) == Self.start)
        // The turn behind it is on time.
        #expect(long.turn(at: Self.start + 4_001, planned: 0) == nil)
    }

    @Test func `on a disk that is slow forever the clock goes half as fast, and not never`() {
        var correction = correction()
        var time = Self.start
        for _ in 1...10_000 {
            time += 3_000
            correction.flushed(at: time)
            time += 1
            #expect(correction.turn(at: time, planned: 0) == nil)
        }
        let passed = correction.corrected(time) - Self.start
        let all = time - Self.start
        #expect(passed * 2 + UInt64(PauseCorrection.credit) > all * 9 / 10)
        #expect(passed < all * 6 / 10)
    }

    @Test func `flushes that stall for ten minutes together are given back whole`() {
        var correction = correction()
        for stall in 1...100 { correction.flushed(at: Self.start + UInt64(stall) * 6_000) }
        #expect(correction.corrected(Self.start + 600_000) == Self.start)
        correction.flushed(at: Self.start + 606_000)
        #expect(correction.corrected(Self.start + 606_000 + 2 * PauseCorrection.settling) > Self.start)
    }
}
