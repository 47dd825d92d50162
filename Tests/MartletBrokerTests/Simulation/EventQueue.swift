// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What happens when, the earliest first; of one moment what was planned first.
struct EventQueue<Event> {
    private struct Entry {
        var time: UInt64
        var order: UInt64
        var event: Event

        func isBefore(_ other: Entry) -> Bool { time == other.time ? order < other.order : time < other.time }
    }

    /// The next event is the last.
    private var entries: [Entry] = []
    private var order: UInt64 = 0

    /// Plans something.
    mutating func add(_ event: Event, at time: UInt64) {
        order += 1
        let entry = Entry(time: time, order: order, event: event)
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entry.isBefore(entries[middle]) { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
    }

    /// Takes what happens next.
    mutating func next() -> (time: UInt64, event: Event)? { entries.popLast().map { ($0.time, $0.event) } }
}
