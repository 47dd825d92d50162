// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The ids that a topic remembers, the oldest first, and where each is found.
///
/// A ring holds them in the order in which they were accepted, 32 bytes each, and a table of at least twice as many
/// slots of 8 bytes finds them by their hash: 48 MB for a million ids. Only a hit and a removal look at the ring.
///
/// Nothing takes long at once. When the table is full a larger one takes its place, whose memory was brought before,
/// and into which a few ids move with each that comes; until then they are found in the old one. Ids that are forgotten
/// together are known to no one any more, and a few of them are taken out with each that comes.
final class IDIndex {
    /// When the table is full, so many times as many slots follow.
    private static let growth = 4
    /// Ids that move to the larger table with each that comes: all have moved long before that one is full.
    private static let moved = 3
    /// Ids that are taken out with each that comes, once they are forgotten.
    private static let removed = 4
    /// Slots from which on the memory of the next table is brought before it is used.
    static let large = 1 << 16

    private let limit: Int
    /// Where the store's ids go on that are not in here yet; nil when all are.
    var unread: UInt64? = 0
    // SAFETY: the checks of exclusive access would cost as much as the work. An access ends with the method that begins
    // it, none calls anything that could come back here, and the broker's thread is the only one.
    @exclusivity(unchecked) private var ring = IDRing()
    @exclusivity(unchecked) private var slots = IDSlots(count: 32)
    /// The smaller table, as long as some are found only there; what has moved or gone is not taken out of it.
    @exclusivity(unchecked) private var old = IDSlots(count: 1)
    /// The number of the first that is found only there, and how many are.
    @exclusivity(unchecked) private var next: UInt32 = 0
    @exclusivity(unchecked) private var left = 0
    /// The oldest in the ring that are forgotten.
    @exclusivity(unchecked) private var forgotten = 0
    // SAFETY: as above.
    /// The larger table that comes next, while its memory is brought.
    @exclusivity(unchecked) private var coming = IDSlots(count: 1)
    /// Slots of it whose memory was brought.
    @exclusivity(unchecked) private(set) var brought = 0

    /// Remembers at most as many ids as `limit` says.
    init(limit: Int) {
        precondition(limit > 0 && limit <= 1 << 24)
        self.limit = limit
    }

    var count: Int { ring.count - forgotten }

    /// Slots and ids that are kept although no one needs them: those that were forgotten, or have not moved.
    var leftovers: Int { forgotten + left }

    /// The oldest id.
    var oldest: MessageID? { count > 0 ? ring[ring.first &+ UInt32(forgotten)] : nil }

    /// What is remembered of an id, by its hash.
    func find(_ hash: UInt64) -> MessageID? {
        if let number = slots.number(of: hash, { isRemembered($0) && ring[$0].hash == hash }) { return ring[number] }
        guard left > 0 else { return nil }
        return old.number(of: hash) { isLeft($0) && isRemembered($0) && ring[$0].hash == hash }.map { ring[$0] }
    }

    @inline(__always)
    private func isRemembered(_ number: UInt32) -> Bool { number &- ring.first >= UInt32(forgotten) }

    @inline(__always)
    private func isLeft(_ number: UInt32) -> Bool { number &- next < UInt32(left) }

    /// Has the places of some hashes brought near that will be looked up next, and those of as many of the oldest ids,
    /// which will have to make room for them.
    ///
    /// The places lie anywhere in memory; asked for early, they come while others are worked on.
    ///
    /// - Parameter ahead: how many hashes that were asked for before are not looked up yet.
    func prefetch(_ hashes: some Collection<UInt64>, ahead: Int) {
        for hash in hashes { slots.prefetch(hash) }
        if left > 0 { for hash in hashes { old.prefetch(hash) } }
        let begin = max(0, ring.count + ahead - limit)
        let end = min(ring.count, max(0, ring.count + ahead + hashes.count - limit))
        guard begin < end else { return }
        for index in UInt32(begin)..<UInt32(end) { slots.prefetch(ring[ring.first &+ index].hash) }
    }

    /// Remembers an id that is not remembered yet; past the limit the oldest is forgotten.
    func insert(_ id: MessageID) {
        if count == limit { forgotten += 1 }
        for _ in 0..<min(Self.removed, forgotten) { removeFirst() }
        if 2 * ring.count == slots.count { grow() }
        if left > 0 { moveSome() } else if 8 * ring.count >= 3 * slots.count { prepare() }
        slots.insert(id.hash, ring.append(id))
    }

    /// Forgets the oldest ids as long as a condition holds.
    func removeFirst(while condition: (MessageID) -> Bool) {
        // The condition is asked between two accesses.
        var gone = forgotten
        while gone < ring.count, condition(ring[ring.first &+ UInt32(gone)]) { gone += 1 }
        forgotten = gone
        guard count == 0, forgotten > 0 else { return }
        ring = IDRing()
        slots = IDSlots(count: 32)
        old = IDSlots(count: 1)
        coming = IDSlots(count: 1)
        (next, left, forgotten, brought) = (0, 0, 0, 0)
    }

    private func removeFirst() {
        let (first, hash) = (ring.first, ring[ring.first].hash)
        if left > 0, first == next {
            (next, left) = (next &+ 1, left - 1)
            if left == 0 { old = IDSlots(count: 1) }
        } else if !slots.remove(hash, { $0 == first }) {
            preconditionFailure("an id that is remembered is not found")
        }
        ring.removeFirst()
        forgotten -= 1
    }

    /// Slots of the next table.
    var nextCount: Int {
        var needed = slots.count
        while needed < 2 * limit, needed < Self.growth * slots.count { needed *= 2 }
        return needed
    }

    /// Has the memory of the next table brought, a little with each id of the last quarter: the system clears it at the
    /// first touch, and all of it at once would hold everybody up.
    private func prepare() {
        guard slots.count >= Self.large, ring.count.isMultiple(of: 16) else { return }
        let needed = nextCount
        guard needed > slots.count else { return }
        if coming.count != needed { coming = IDSlots(count: needed) }
        let quarter = slots.count / 8
        let end = needed / quarter * min(quarter, ring.count - 3 * quarter + 16)
        coming.bring(from: brought, to: end)
        brought = max(brought, end)
    }

    private func grow() {
        precondition(left == 0, "the table before has not been left")
        let needed = nextCount
        if coming.count == needed {
            swap(&old, &coming)
        } else {
            old = IDSlots(count: needed)
        }
        swap(&old, &slots)
        (next, left, brought) = (ring.first, ring.count, 0)
    }

    private func moveSome() {
        for _ in 0..<min(Self.moved, left) {
            slots.insert(ring[next].hash, next)
            (next, left) = (next &+ 1, left - 1)
        }
        if left == 0 { old = IDSlots(count: 1) }
    }
}
