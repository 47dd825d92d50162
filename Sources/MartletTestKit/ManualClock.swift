// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock

/// A clock that stands still until a test moves it.
public final class ManualClock: Sendable {
    private let moment: Lock<(wall: UInt64, steady: UInt64)>
    private let sleepers = Lock<(next: Int, wakes: [Int: @Sendable () -> Void])>((1, [:]))

    /// Starts at a time, in Unix milliseconds.
    public init(wall: UInt64 = 1_790_000_000_000) {
        moment = Lock((wall, 1_000))
    }

    /// Lets time pass, in milliseconds; brokers that see this clock do what has become due without being asked.
    public func advance(by milliseconds: UInt64) {
        moment.withLock {
            $0.wall += milliseconds
            $0.steady += milliseconds
        }
        wake()
    }

    /// Sets the wall clock as an administrator would, without time passing.
    public func setWall(to wall: UInt64) {
        moment.withLock { $0.wall = wall }
        wake()
    }

    /// Calls `wake` whenever the clock was moved, until `remove` is called with the number that is returned.
    func onMove(_ wake: @escaping @Sendable () -> Void) -> Int {
        sleepers.withLock {
            let number = $0.next
            $0.next += 1
            $0.wakes[number] = wake
            return number
        }
    }

    func remove(_ number: Int) {
        sleepers.withLock { $0.wakes[number] = nil }
    }

    private func wake() {
        for wake in sleepers.withLock({ Array($0.wakes.values) }) { wake() }
    }

    var now: Moment {
        moment.withLock { Moment(wall: $0.wall, steady: $0.steady) }
    }
}
