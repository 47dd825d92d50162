// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import Synchronization

/// Tells the threads of a run that one of them has failed, so that none waits for what will not come.
final class StopSign: Sendable {
    /// What a thread ends with that was told to stop.
    struct Stopped: Error {}

    private let failure = Lock<(any Error)?>(nil)
    private let isRaised = Atomic<Bool>(false)

    /// Stops everybody; the first reason is the one that is told.
    func raise(_ error: any Error) {
        failure.withLock { $0 = $0 ?? error }
        isRaised.store(true, ordering: .releasing)
    }

    /// Ends the calling thread's work when everybody has to stop.
    func check() throws {
        if isRaised.load(ordering: .acquiring) { throw Stopped() }
    }

    /// Throws the reason, if there is one.
    func rethrow() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// What has to be reached by all threads together, and when it was.
final class Goal: Sendable {
    private let target: Int
    private let count = Atomic<Int>(0)
    private let begin = Atomic<UInt64>(0)
    private let time = Atomic<UInt64>(0)

    init(_ target: Int) {
        self.target = target
    }

    /// Whether there is nothing left to do.
    var isReached: Bool { count.load(ordering: .relaxed) >= target }

    /// When the first step towards it was seen, or zero.
    var begunAt: UInt64 { begin.load(ordering: .acquiring) }

    /// The first step was seen at that time; only the first call counts.
    func begin(at time: UInt64) {
        _ = begin.compareExchange(expected: 0, desired: time, ordering: .releasing)
    }

    /// When it was reached, or zero.
    var reachedAt: UInt64 { time.load(ordering: .acquiring) }

    /// Comes nearer.
    func advance(by part: Int) {
        let sum = count.add(part, ordering: .relaxed).newValue
        if sum >= target, sum - part < target { time.store(SteadyClock.now(), ordering: .releasing) }
    }
}
