// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import NIOCore

/// The deadlines of what lives on one event loop, thousands of connections perhaps.
///
/// To cancel one task, an event loop looks through all that are scheduled on it. So these have one task together, for
/// the earliest of them. A deadline that is put off or called off stays where it was put until its time has come, or
/// until such make up half of the queue.
final class DeadlineQueue {
    /// A deadline, which is set again and again.
    final class Deadline {
        /// When its time comes; nil when it is not set.
        fileprivate(set) var time: NIODeadline?
        /// The time of its place in the queue that counts.
        fileprivate var queued: NIODeadline?
        fileprivate let body: () -> Void

        /// Makes one that is not set, and what to do when its time has come.
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    private struct Place: Comparable {
        let time: NIODeadline
        let deadline: Deadline

        static func < (left: Place, right: Place) -> Bool { left.time < right.time }
        static func == (left: Place, right: Place) -> Bool { left.time == right.time }
    }

    /// Places that are not worth clearing away.
    private static let spare = 64

    private let eventLoop: any EventLoop
    private var places = Heap<Place>()
    /// How many deadlines are set.
    private var alive = 0
    private var task: (time: NIODeadline, scheduled: Scheduled<Void>)?

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// How many places there are: of deadlines that are set, and of others.
    var count: Int { places.count }

    /// Sets a deadline; nil calls it off.
    func set(_ deadline: Deadline, to time: NIODeadline?) {
        eventLoop.assertInEventLoop()
        if deadline.time != nil { alive -= 1 }
        deadline.time = time
        if let time {
            alive += 1
            put(deadline, at: time)
            schedule()
        }
        if places.count > 2 * alive + Self.spare { clear() }
    }

    /// Gives a deadline a place, unless it has one before that time already.
    private func put(_ deadline: Deadline, at time: NIODeadline) {
        if let queued = deadline.queued, queued <= time { return }
        deadline.queued = time
        places.insert(Place(time: time, deadline: deadline))
    }

    /// Removes the places that count no more.
    private func clear() {
        places.removeAll { place in
            if place.deadline.time == nil { place.deadline.queued = nil }
            return place.time != place.deadline.queued
        }
    }

    /// Schedules the one task for the first place.
    private func schedule() {
        guard let first = places.first?.time else { return }
        if let task {
            guard first < task.time else { return }
            task.scheduled.cancel()
        }
        task = (
            first, eventLoop.assumeIsolated().scheduleTask(deadline: first) { [weak self] in self?.timeHasCome() }
        )
    }

    private func timeHasCome() {
        task = nil
        let now = eventLoop.now
        // What is set for now or before from here on is left to another turn of the loop.
        var due: [Deadline] = []
        while let first = places.first, first.time <= now, let place = places.popFirst() {
            let deadline = place.deadline
            guard place.time == deadline.queued else { continue }
            deadline.queued = nil
            guard let time = deadline.time else { continue }
            if time > now { put(deadline, at: time) } else { due.append(deadline) }
        }
        for deadline in due {
            // One before it may have put it off, or called it off.
            guard let time = deadline.time, time <= now else { continue }
            set(deadline, to: nil)
            deadline.body()
        }
        schedule()
    }
}
