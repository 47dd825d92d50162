// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock
import Testing

@testable import MartletService

/// What the broker's thread sleeps on.
struct WakeBellTests {
    @Test func `a bell that was rung ends the next wait, once`() {
        let bell = WakeBell()
        bell.ring()
        bell.ring()
        bell.wait(milliseconds: nil)
        // It would not come back if the bell were still rung for nobody and time did not count.
        bell.wait(milliseconds: 1)
    }

    @Test func `a wait ends with its time`() {
        let bell = WakeBell()
        let begun = SystemClock.milliseconds()
        for time in [UInt64(0), 1, 20] { bell.wait(milliseconds: time) }
        #expect(SystemClock.milliseconds() - begun >= 20)
    }

    @Test func `a ring from another thread ends a wait without an end`() {
        let (there, back) = (WakeBell(), WakeBell())
        let rounds = Lock(0)
        let thread = Thread {
            for _ in 1...1_000 {
                there.wait(milliseconds: nil)
                rounds.withLock { $0 += 1 }
                back.ring()
            }
        }
        thread.start()
        for _ in 1...1_000 {
            there.ring()
            back.wait(milliseconds: nil)
        }
        #expect(rounds.withLock { $0 } == 1_000)
    }
}
