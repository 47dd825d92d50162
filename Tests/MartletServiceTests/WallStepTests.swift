// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import Testing

@testable import MartletService

@Suite struct WallStepTests {
    @Test func `a millisecond that only one clock has begun does not move a deadline`() {
        var step = WallStep(at: Moment(wall: 1_000_000, steady: 500))
        for (wall, steady) in [(1_000_001, 500), (1_000_001, 501), (1_000_001, 502), (1_000_009, 509)]
            as [(UInt64, UInt64)]
        {
            #expect(step.time(of: Moment(wall: wall, steady: steady)) - steady == 999_500)
        }
    }

    @Test func `a wall clock that was set is followed in either direction`() {
        var step = WallStep(at: Moment(wall: 1_000_000, steady: 500))
        #expect(step.time(of: Moment(wall: 1_000_012, steady: 510)) == 1_000_012)
        #expect(step.time(of: Moment(wall: 400, steady: 520)) == 400)
        #expect(step.time(of: Moment(wall: 401, steady: 520)) == 400)
    }

    @Test func `a wall clock at zero does not trap`() {
        var step = WallStep(at: Moment(wall: 0, steady: 10_000))
        #expect(step.time(of: Moment(wall: 0, steady: 10_000)) == 0)
        #expect(step.time(of: Moment(wall: 0, steady: 10_001)) == 1)
    }
}
