// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Tasks by time, each in the place of its owner: the queue is never longer than there are places.
struct TimerQueue {
    private struct Entry {
        var time: UInt64
        var order: UInt64
        var task: TimerTask
        var place: TimerPlace

        func isBefore(_ other: Entry) -> Bool { time == other.time ? order < other.order : time < other.time }
    }

    private var entries: [Entry] = []
    private var order: UInt64 = 0

    /// When the next task is due, in steady milliseconds.
    var next: UInt64? { entries.first?.time }
    var count: Int { entries.count }

    /// Sets a timer, or moves the one that its place holds.
    mutating func set(_ place: TimerPlace, at time: UInt64, _ task: TimerTask) {
        order += 1
        let entry = Entry(time: time, order: order, task: task, place: place)
        place.time = time
        if place.index >= 0 {
            entries[place.index] = entry
            siftUp(place.index)
            siftDown(place.index)
        } else {
            place.index = entries.count
            entries.append(entry)
            siftUp(place.index)
        }
    }

    /// Sets a timer unless it is set for that time or earlier.
    mutating func setEarlier(_ place: TimerPlace, at time: UInt64, _ task: TimerTask) {
        if let set = place.time, set <= time { return }
        set(place, at: time, task)
    }

    /// Takes a task that is due.
    mutating func pop(at steady: UInt64) -> TimerTask? {
        guard let first = entries.first, first.time <= steady else { return nil }
        first.place.index = -1
        first.place.time = nil
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            last.place.index = 0
            siftDown(0)
        }
        return first.task
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].isBefore(entries[parent]) else { return }
            swap(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var first = index
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count {
                if entries[child].isBefore(entries[first]) { first = child }
            }
            guard first != index else { return }
            swap(index, first)
            index = first
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        entries.swapAt(left, right)
        entries[left].place.index = left
        entries[right].place.index = right
    }
}
