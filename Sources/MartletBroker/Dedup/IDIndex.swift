// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The ids that a topic remembers, the oldest first, and where each is found.
///
/// A ring holds them in the order in which they were accepted, 32 bytes each, and a table of at least twice as many
/// slots of 8 bytes finds them by their hash: 48 MB for a million ids. Only a hit and a removal look at the ring.
final class IDIndex {
    /// When the table is full, so many times as many slots follow: what is there has to find its place again, which
    /// costs the more the more often it happens.
    private static let growth = 4

    private let limit: Int
    // SAFETY: the checks of exclusive access would cost as much as the work. An access ends with the method that begins
    // it, none calls anything that could come back here, and the broker's thread is the only one.
    @exclusivity(unchecked) private var ring = IDRing()
    @exclusivity(unchecked) private var slots = IDSlots(count: 32)

    /// Remembers at most as many ids as `limit` says.
    init(limit: Int) {
        precondition(limit > 0 && limit <= 1 << 24)
        self.limit = limit
    }

    var count: Int { ring.count }

    /// The oldest id.
    var oldest: MessageID? { ring.count > 0 ? ring[ring.first] : nil }

    /// What is remembered of an id, by its hash.
    func find(_ hash: UInt64) -> MessageID? {
        slots.number(of: hash) { ring[$0].hash == hash }.map { ring[$0] }
    }

    /// Has the places of some hashes brought near that will be looked up next, and those of as many of the oldest ids,
    /// which will have to make room for them.
    ///
    /// The places lie anywhere in memory; asked for early, they come while others are worked on.
    ///
    /// - Parameter ahead: how many hashes that were asked for before are not looked up yet.
    func prefetch(_ hashes: some Collection<UInt64>, ahead: Int) {
        for hash in hashes { slots.prefetch(hash) }
        let begin = max(0, ring.count + ahead - limit)
        let end = min(ring.count, max(0, ring.count + ahead + hashes.count - limit))
        guard begin < end else { return }
        for index in UInt32(begin)..<UInt32(end) { slots.prefetch(ring[ring.first &+ index].hash) }
    }

    /// Remembers an id that is not remembered yet; past the limit the oldest is forgotten.
    func insert(_ id: MessageID) {
        if ring.count == limit { removeFirst() }
        if 2 * ring.count == slots.count { grow() }
        slots.insert(id.hash, ring.append(id))
    }

    /// Forgets the oldest ids as long as a condition holds.
    func removeFirst(while condition: (MessageID) -> Bool) {
        // The condition is asked between two accesses.
        while let oldest, condition(oldest) { removeFirst() }
    }

    private func removeFirst() {
        let (first, hash) = (ring.first, ring[ring.first].hash)
        guard slots.remove(hash, { $0 == first }) else {
            preconditionFailure("an id that is remembered is not found")
        }
        ring.removeFirst()
    }

    private func grow() {
        var needed = slots.count
        while needed < 2 * limit, needed < Self.growth * slots.count { needed *= 2 }
        let larger = IDSlots(count: needed)
        for index in 0..<UInt32(ring.count) {
            let number = ring.first &+ index
            larger.insert(ring[number].hash, number)
        }
        slots = larger
    }
}
