// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletBroker

/// Tasks by time, one for each place.
struct TimerQueueTests {
    /// Takes everything, as the times at which it was due.
    private func times(_ queue: inout TimerQueue) -> [UInt64] {
        var times: [UInt64] = []
        while let next = queue.next {
            times.append(next)
            guard case nil = queue.pop(at: next - 1), case .some = queue.pop(at: next) else { return [] }
        }
        return times
    }

    @Test func `tasks come in the order of their times`() {
        var queue = TimerQueue()
        let places = (0..<50).map { _ in TimerPlace() }
        for (index, place) in places.enumerated() { queue.set(place, at: UInt64(index * 37 % 50 + 1), .expiry) }
        #expect(times(&queue) == (1...50).map(UInt64.init))
        #expect(places.allSatisfy { $0.time == nil })
    }

    @Test func `a place holds one timer, however often it is set`() {
        var queue = TimerQueue()
        let (place, other) = (TimerPlace(), TimerPlace())
        queue.set(other, at: 7, .expiry)
        for time in UInt64(1)...100 { queue.set(place, at: 1_000 - time * 3, .expiry) }
        #expect(queue.count == 2)
        queue.set(place, at: 50, .expiry)
        #expect(times(&queue) == [7, 50])
    }

    @Test func `a timer is only made earlier where that is asked`() {
        var queue = TimerQueue()
        let place = TimerPlace()
        queue.setEarlier(place, at: 10, .expiry)
        queue.setEarlier(place, at: 20, .expiry)
        #expect(place.time == 10)
        queue.setEarlier(place, at: 5, .expiry)
        #expect(times(&queue) == [5])
    }
}
