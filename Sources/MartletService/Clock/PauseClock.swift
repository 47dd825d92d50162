// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock

/// The one clock of a broker: its thread and all who hand something in go by it, and it leaves out the broker's pauses.
final class PauseClock: Sendable {
    private let clock: BrokerClock
    private let state: Lock<State>

    /// The corrections of both clocks.
    fileprivate struct State {
        var pauses: PauseCorrection
        var wall: WallStep
    }

    init(_ clock: BrokerClock) {
        self.clock = clock
        let first = clock.read()
        state = Lock(State(pauses: PauseCorrection(at: first.steady), wall: WallStep(at: first)))
    }

    /// What time it is.
    func now() -> Moment {
        let read = clock.read()
        guard clock.runsThroughPauses else { return read }
        return state.withLock { $0.corrected(read) }
    }

    /// What time it is at a turn of the broker's thread, and how long a pause before it was, if there was one.
    func turn(planned: UInt64?) -> (now: Moment, pause: UInt64?) {
        let read = clock.read()
        guard clock.runsThroughPauses else { return (read, nil) }
        return state.withLock { state in
            let pause = state.pauses.turn(at: read.steady, planned: planned)
            return (state.corrected(read), pause)
        }
    }

    /// What time it is behind a commit or flush.
    func flushed() -> Moment {
        let read = clock.read()
        guard clock.runsThroughPauses else { return read }
        return state.withLock { state in
            state.pauses.flushed(at: read.steady)
            return state.corrected(read)
        }
    }
}

extension PauseClock.State {
    /// The time that is left of what both clocks read.
    fileprivate mutating func corrected(_ read: Moment) -> Moment {
        Moment(wall: wall.time(of: read), steady: pauses.corrected(read.steady))
    }
}
