// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: Sendable {
    private let moment: Mutex<(wall: UInt64, steady: UInt64)>

    /// Starts at a time, in Unix milliseconds.
    public init(wall: UInt64 = 1_790_000_000_000) {
        moment = Mutex((wall, 1_000))
    }

    /// Lets time pass, in milliseconds.
    public func advance(by milliseconds: UInt64) {
        moment.withLock {
            $0.wall += milliseconds
            $0.steady += milliseconds
        }
    }

    /// Sets the wall clock as an administrator would, without time passing.
    public func setWall(to wall: UInt64) {
        moment.withLock { $0.wall = wall }
    }

    var now: Moment {
        moment.withLock { Moment(wall: $0.wall, steady: $0.steady) }
    }
}
