// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Tasks by time.
///
/// Each owner has at most one at a time, so the queue is as long as there are owners.
struct TimerQueue {
    private struct Entry: Comparable {
        var time: UInt64
        var order: UInt64
        var task: TimerTask

        static func < (left: Entry, right: Entry) -> Bool {
            left.time == right.time ? left.order < right.order : left.time < right.time
        }
        static func == (left: Entry, right: Entry) -> Bool { left.time == right.time && left.order == right.order }
    }

    private var entries = Heap<Entry>()
    private var order: UInt64 = 0

    /// When the next task is due, in steady milliseconds.
    var next: UInt64? { entries.first?.time }

    mutating func add(_ task: TimerTask, at time: UInt64) {
        order += 1
        entries.insert(Entry(time: time, order: order, task: task))
    }

    /// Takes a task that is due.
    mutating func pop(at steady: UInt64) -> TimerTask? {
        guard let first = entries.first, first.time <= steady else { return nil }
        return entries.popFirst()?.task
    }
}
