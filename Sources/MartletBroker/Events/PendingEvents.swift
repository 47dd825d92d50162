// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a step has to say of the broker itself: some things one by one, and many of a kind together.
struct PendingEvents {
    private struct Group: Hashable {
        var kind: SystemEvent.Kind
        var topic: String
        var subscription: String
    }

    /// Events of one kind about one subscription that a step tells one by one.
    static let single = 10

    private(set) var all: [SystemEvent] = []
    private var groups: [Group: (count: Int, last: Int)] = [:]

    var isEmpty: Bool { all.isEmpty }

    mutating func add(_ event: SystemEvent) {
        let group = Group(kind: event.kind, topic: event.topic, subscription: event.subscription)
        let known = groups[group] ?? (0, 0)
        guard known.count >= Self.single else {
            groups[group] = (known.count + 1, all.count)
            return all.append(event)
        }
        // From here on one stands for many, and tells nothing of any one of them.
        var sum = SystemEvent(event.kind, topic: event.topic, offset: event.offset, subscription: event.subscription)
        sum.reason = event.reason
        let many = all[known.last]
        sum.count = many.count + event.count
        sum.first = min(many.first, event.first)
        sum.last = max(many.last, event.last)
        all[known.last] = sum
    }

    mutating func removeAll() {
        guard !all.isEmpty else { return }
        all.removeAll(keepingCapacity: true)
        groups.removeAll(keepingCapacity: true)
    }
}
