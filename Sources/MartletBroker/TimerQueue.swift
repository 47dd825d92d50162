// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the core wants to do at some time.
enum TimerTask {
    /// Look at the leases of a consumer.
    case leases(Consumer)
    /// Look at the messages of a subscription that become due.
    case due(Subscription)
    /// Remove an ephemeral subscription that nobody came back to.
    case ephemeral(Subscription)
    /// Drop what a topic need not keep.
    case retention(Topic)
    /// Look at the transaction of a connection.
    case transaction(Connection)
    /// Give back what a consumer holds whose connection did not come back.
    case grace(Consumer)
    /// Remove keyed rows that go.
    case expiry
}

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
