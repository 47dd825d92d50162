// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// How many handlers of a consumer run, and whether it is stopping.
final class RunningCount: Sendable {
    private let state = Lock((count: 0, isStopping: false))

    /// A handler begins.
    func begin() {
        state.withLock { $0.count += 1 }
    }

    /// A handler has ended; whether it was the last of a consumer that stops.
    func end() -> Bool {
        state.withLock {
            $0.count -= 1
            return $0.isStopping && $0.count == 0
        }
    }

    /// The consumer starts no more handlers; whether none runs.
    func stop() -> Bool {
        state.withLock {
            $0.isStopping = true
            return $0.count == 0
        }
    }
}
