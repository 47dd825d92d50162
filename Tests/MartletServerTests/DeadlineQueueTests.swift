// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import MartletServer

@Suite("Deadlines of one event loop") struct DeadlineQueueTests {
    /// A queue, and what became due on it.
    private final class Watched {
        let loop = EmbeddedEventLoop()
        let queue: DeadlineQueue
        private var due: [String] = []

        init() { queue = DeadlineQueue(on: loop) }

        func deadline(_ name: String) -> DeadlineQueue.Deadline {
            DeadlineQueue.Deadline { [unowned self] in due.append(name) }
        }

        func set(_ deadline: DeadlineQueue.Deadline, in time: TimeAmount?) {
            queue.set(deadline, to: time.map { loop.now + $0 })
        }

        /// What became due until then.
        func pass(_ time: TimeAmount) -> [String] {
            loop.advanceTime(by: time)
            defer { due = [] }
            return due
        }
    }

    @Test func `a deadline is due at its time, once`() {
        let watched = Watched()
        watched.set(watched.deadline("a"), in: .milliseconds(10))
        #expect(watched.pass(.nanoseconds(9_999_999)) == [])
        #expect(watched.pass(.nanoseconds(1)) == ["a"])
        #expect(watched.pass(.hours(1)) == [])
        #expect(watched.queue.count == 0)
    }

    @Test func `deadlines are due in the order of their times, however they are set`() {
        let watched = Watched()
        for name in [3, 1, 4, 2, 5] { watched.set(watched.deadline("\(name)"), in: .seconds(Int64(name))) }
        #expect(watched.pass(.seconds(2)) == ["1", "2"])
        #expect(watched.pass(.seconds(3)) == ["3", "4", "5"])
    }

    @Test func `one that is put off is due at its last time only`() {
        let watched = Watched()
        let deadline = watched.deadline("a")
        watched.set(deadline, in: .seconds(5))
        watched.set(deadline, in: .seconds(30))
        #expect(watched.pass(.milliseconds(29_999)) == [])
        #expect(watched.pass(.milliseconds(1)) == ["a"])
    }

    @Test func `one that is brought forward is due at its last time only`() {
        let watched = Watched()
        let deadline = watched.deadline("a")
        watched.set(deadline, in: .seconds(30))
        watched.set(deadline, in: .seconds(1))
        #expect(watched.pass(.milliseconds(999)) == [])
        #expect(watched.pass(.milliseconds(1)) == ["a"])
        watched.set(deadline, in: .seconds(60))
        #expect(watched.pass(.seconds(29)) == [] && watched.queue.count == 1)
        #expect(watched.pass(.seconds(31)) == ["a"])
        #expect(watched.pass(.seconds(60)) == [])
    }

    @Test func `one that was called off is not due, until it is set again`() {
        let watched = Watched()
        let deadline = watched.deadline("a")
        watched.set(deadline, in: .seconds(1))
        watched.set(deadline, in: nil)
        #expect(watched.pass(.milliseconds(500)) == [])
        watched.set(deadline, in: .seconds(1))
        #expect(watched.pass(.milliseconds(999)) == [])
        #expect(watched.pass(.milliseconds(1)) == ["a"])
    }

    @Test func `one that another calls off in the same turn is not due`() {
        let watched = Watched()
        let second = watched.deadline("second")
        let first = DeadlineQueue.Deadline { watched.set(second, in: nil) }
        watched.set(first, in: .seconds(1))
        watched.set(second, in: .seconds(1))
        #expect(watched.pass(.seconds(2)) == [])
    }

    @Test func `one that sets itself again is due again, and a time that is past is left to the next turn`() {
        let watched = Watched()
        var turns = 0
        var again: DeadlineQueue.Deadline?
        again = DeadlineQueue.Deadline {
            turns += 1
            if turns < 5, let again { watched.set(again, in: turns < 3 ? .seconds(1) : .zero) }
        }
        defer { again = nil }
        if let again { watched.set(again, in: .seconds(1)) }
        #expect(watched.pass(.seconds(2)) == [] && turns == 2)
        _ = watched.pass(.seconds(1))
        #expect(turns == 5)
    }

    // A client can connect and leave as often as it likes.
    @Test func `what was called off takes no more room than what is set`() {
        let watched = Watched()
        let kept = (0..<100).map { watched.deadline("\($0)") }
        for deadline in kept { watched.set(deadline, in: .seconds(60)) }
        var most = 0
        for _ in 0..<10_000 {
            let gone = watched.deadline("gone")
            watched.set(gone, in: .seconds(30))
            watched.set(gone, in: .seconds(5))
            watched.set(gone, in: nil)
            most = max(most, watched.queue.count)
        }
        #expect(most <= 2 * 101 + 64)
        #expect(watched.pass(.seconds(60)).count == 100)
        #expect(watched.queue.count == 0)
    }

    @Test func `clearing away keeps those that are set, and one that is set again later`() {
        let watched = Watched()
        let kept = watched.deadline("kept")
        let later = watched.deadline("later")
        watched.set(kept, in: .seconds(10))
        watched.set(later, in: .seconds(20))
        watched.set(later, in: nil)
        let others = (0..<200).map { watched.deadline("\($0)") }
        for deadline in others { watched.set(deadline, in: .seconds(5)) }
        for deadline in others { watched.set(deadline, in: nil) }
        #expect(watched.queue.count <= 2 + 64 + 2)
        watched.set(later, in: .seconds(20))
        #expect(watched.pass(.seconds(10)) == ["kept"])
        #expect(watched.pass(.seconds(10)) == ["later"])
    }
}
