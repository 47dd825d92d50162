// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The unsettled deliveries of one consumer by tag.
///
/// The table's size follows what is outstanding, however far apart the oldest and the newest tag are.
struct LeaseTable {
    private var slots: [Lease] = []
    private var mask = 0
    private(set) var count = 0

    /// Where a tag belongs.
    ///
    /// Eight tags in a row stay together, since they are mostly settled together; the groups are scattered, so that a
    /// window of consecutive tags is not one long run that each removal has to walk to its end.
    @inline(__always)
    private func home(of tag: UInt64) -> Int {
        let group = (tag >> 3) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: (group >> 32) << 3 | (tag & 7)) & mask
    }

    private static var empty: Lease {
        Lease(
            tag: 0, offset: 0, deadline: 0, delivered: 0, firstDelivered: 0, deliveries: 0, failures: 0, hasRow: false)
    }

    mutating func insert(_ lease: Lease) {
        if 2 * (count + 1) > slots.count { grow() }
        place(lease)
        count += 1
    }

    func contains(_ tag: UInt64) -> Bool { find(tag) != nil }

    subscript(tag: UInt64) -> Lease? { find(tag).map { slots[$0] } }

    /// Changes a lease where it lies; nothing happens when there is none.
    mutating func update(_ tag: UInt64, _ change: (inout Lease) -> Void) {
        guard let index = find(tag) else { return }
        change(&slots[index])
    }

    mutating func remove(_ tag: UInt64) -> Lease? {
        guard var hole = find(tag) else { return nil }
        let lease = slots[hole]
        // What was pushed behind the hole by a collision moves up, so that it is still found.
        var next = (hole + 1) & mask
        while slots[next].tag != 0 {
            let home = home(of: slots[next].tag)
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = Self.empty
        count -= 1
        return lease
    }

    /// Removes the leases of consecutive tags and appends them to a list.
    mutating func remove(first: UInt64, last: UInt64, into removed: inout [Lease]) {
        var tag = first
        while tag <= last {
            if let lease = remove(tag) { removed.append(lease) }
            tag += 1
        }
    }

    /// One of the leases that are as said; nil when there is none.
    func first(where isMeant: (Lease) -> Bool) -> Lease? {
        slots.first { $0.tag != 0 && isMeant($0) }
    }

    /// All leases, in no order.
    var all: some Sequence<Lease> { slots.lazy.filter { $0.tag != 0 } }

    /// The offsets of all messages.
    var offsets: [UInt64] { slots.lazy.filter { $0.tag != 0 }.map(\.offset) }

    /// All tags, in order.
    var tags: [UInt64] { slots.lazy.map(\.tag).filter { $0 != 0 }.sorted() }

    @inline(__always)
    private func find(_ tag: UInt64) -> Int? {
        guard count > 0, tag != 0 else { return nil }
        var index = home(of: tag)
        while slots[index].tag != 0 {
            if slots[index].tag == tag { return index }
            index = (index + 1) & mask
        }
        return nil
    }

    private mutating func place(_ lease: Lease) {
        var index = home(of: lease.tag)
        while slots[index].tag != 0 { index = (index + 1) & mask }
        slots[index] = lease
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Self.empty, count: max(32, 2 * old.count))
        mask = slots.count - 1
        for lease in old where lease.tag != 0 { place(lease) }
    }
}
