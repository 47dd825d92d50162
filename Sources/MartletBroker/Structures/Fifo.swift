// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A queue: what was appended first is taken first, and is kept by nothing once it was taken.
struct Fifo<Element> {
    private var slots: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == slots.count }
    var count: Int { slots.count - head }
    var first: Element? { isEmpty ? nil : slots[head] }
    var last: Element? { isEmpty ? nil : slots[slots.count - 1] }

    /// The element at a place, counted from the first.
    subscript(place: Int) -> Element? { slots[head + place] }

    mutating func append(_ element: Element) {
        slots.append(element)
    }

    mutating func popFirst() -> Element? {
        guard let first else { return nil }
        slots[head] = nil
        head += 1
        if head == slots.count || head > 64 && head * 2 > slots.count {
            slots.removeFirst(head)
            head = 0
        }
        return first
    }

    mutating func removeAll() {
        slots.removeAll()
        head = 0
    }
}
