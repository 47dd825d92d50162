// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The consumers of one subscription, the one that gets the next message first.
///
/// Most free window first, then longest idle (semantics 2).
struct ConsumerQueue {
    private(set) var consumers: [Consumer] = []

    /// The consumer that gets the next message, if one has a free window.
    var next: Consumer? {
        guard let first = consumers.first, first.free > 0 else { return nil }
        return first
    }

    mutating func insert(_ consumer: Consumer) {
        consumer.queueIndex = consumers.count
        consumers.append(consumer)
        siftUp(consumer.queueIndex)
    }

    mutating func remove(_ consumer: Consumer) {
        let index = consumer.queueIndex
        guard index >= 0 else { return }
        consumer.queueIndex = -1
        let last = consumers.removeLast()
        guard last !== consumer else { return }
        consumers[index] = last
        last.queueIndex = index
        update(last)
    }

    /// Finds the place of a consumer whose free window changed.
    @inline(__always)
    mutating func update(_ consumer: Consumer) {
        guard consumers.count > 1, consumer.queueIndex >= 0 else { return }
        siftUp(consumer.queueIndex)
        siftDown(consumer.queueIndex)
    }

    /// Finds all places anew, after the free windows of several changed at once.
    mutating func rebuild() {
        for index in stride(from: consumers.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    private static func comesFirst(_ left: Consumer, _ right: Consumer) -> Bool {
        let (leftFree, rightFree) = (left.free, right.free)
        return leftFree == rightFree ? left.lastDelivery < right.lastDelivery : leftFree > rightFree
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard Self.comesFirst(consumers[index], consumers[parent]) else { return }
            swap(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var first = index
            let left = 2 * index + 1
            if left < consumers.count, Self.comesFirst(consumers[left], consumers[first]) { first = left }
            if left + 1 < consumers.count, Self.comesFirst(consumers[left + 1], consumers[first]) { first = left + 1 }
            guard first != index else { return }
            swap(index, first)
            index = first
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        consumers.swapAt(left, right)
        consumers[left].queueIndex = left
        consumers[right].queueIndex = right
    }
}
