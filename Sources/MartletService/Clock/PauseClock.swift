// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock

/// The one clock of a broker: its thread and all who hand something in go by it, and it leaves out the broker's pauses.
final class PauseClock: Sendable {
    private let clock: BrokerClock
    private let correction: Lock<PauseCorrection>

    init(_ clock: BrokerClock) {
        self.clock = clock
        correction = Lock(PauseCorrection(at: clock.read().steady))
    }

    /// What time it is; wall-clock time is as it is read.
    func now() -> Moment {
        var moment = clock.read()
        guard clock.runsThroughPauses else { return moment }
        moment.steady = correction.withLock { $0.corrected(moment.steady) }
        return moment
    }

    /// What time it is at a turn of the broker's thread, and how long a pause before it was, if there was one.
    func turn(planned: UInt64?) -> (now: Moment, pause: UInt64?) {
        var moment = clock.read()
        guard clock.runsThroughPauses else { return (moment, nil) }
        let pause = correction.withLock { correction in
            let pause = correction.turn(at: moment.steady, planned: planned)
            moment.steady = correction.corrected(moment.steady)
            return pause
        }
        return (moment, pause)
    }

    /// What time it is behind a commit or flush.
    func flushed() -> Moment {
        var moment = clock.read()
        guard clock.runsThroughPauses else { return moment }
        moment.steady = correction.withLock { correction in
            correction.flushed(at: moment.steady)
            return correction.corrected(moment.steady)
        }
        return moment
    }
}
