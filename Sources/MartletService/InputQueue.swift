// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where event loops leave what came in, and where the broker's thread waits for it.
final class InputQueue: Sendable {
    private struct State {
        var arrivals: [Arrival] = []
        var isWaiting = false
    }

    private let state = Lock(State())
    private let bell = WakeBell()
    /// Whether something may be there, to be looked at without the lock.
    private let isFilled = Atomic(false)

    /// Looks for something for a moment without sleeping, which spares a wake-up on another core.
    ///
    /// It yields at each look, so that it takes no time from threads that have something to do.
    func watch(microseconds: UInt64) -> Bool {
        let end = SystemClock.microseconds() + microseconds
        repeat {
            if isFilled.load(ordering: .relaxed) { return true }
            sched_yield()
        } while SystemClock.microseconds() < end
        return false
    }

    /// Leaves something that comes in now; the thread is woken only when it sleeps.
    func put(_ arrival: Arrival) {
        let wasWaiting = state.withLock { state in
            state.arrivals.append(arrival)
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        isFilled.store(true, ordering: .relaxed)
        if wasWaiting { bell.ring() }
    }

    /// Lets the thread look at its timers.
    func wake() {
        bell.ring()
    }

    /// Takes everything that is there into an empty array, whose memory the next inputs get.
    func take(_ arrivals: inout [Arrival]) {
        isFilled.store(false, ordering: .relaxed)
        state.withLock { swap(&$0.arrivals, &arrivals) }
    }

    /// Sleeps until something is there, at most that many milliseconds; nil is no limit.
    func wait(milliseconds: UInt64?) {
        let isEmpty = state.withLock { state in
            state.isWaiting = state.arrivals.isEmpty
            return state.isWaiting
        }
        guard isEmpty else { return }
        bell.wait(milliseconds: milliseconds)
        state.withLock { $0.isWaiting = false }
    }
}
