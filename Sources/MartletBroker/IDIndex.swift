// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The ids that a topic remembers, the oldest first, and where each is found.
///
/// A ring holds them in the order in which they were accepted, 32 bytes each, and a table of twice as many slots of 8
/// bytes finds them by their hash: 48 MB for a million ids.
struct IDIndex {
    private static let none = UInt64.max

    private let limit: Int
    private var ring: [MessageID] = []
    /// The number of the oldest id that is remembered, counted from the first that ever was.
    private var first: UInt32 = 0
    private(set) var count = 0
    /// In each slot the upper half of a hash, and the number of the id.
    private var slots: [UInt64] = []
    private var slotMask = 0

    /// Remembers at most as many ids as `limit` says, a million and a bit at most.
    init(limit: Int) {
        precondition(limit > 0 && limit <= 1 << 24)
        self.limit = limit
        resize(to: 1_024)
    }

    /// The oldest id.
    var oldest: MessageID? { count > 0 ? ring[position(first)] : nil }

    /// What is remembered of an id, by its hash.
    func find(_ hash: UInt64) -> MessageID? {
        slot(of: hash).map { ring[position(UInt32(truncatingIfNeeded: slots[$0]))] }
    }

    /// Remembers an id that is not remembered yet; past the limit the oldest is forgotten.
    mutating func insert(_ id: MessageID) {
        if count == limit { removeFirst() }
        if count == ring.count { resize(to: 2 * ring.count) }
        let number = first &+ UInt32(count)
        ring[position(number)] = id
        count += 1
        place(id.hash, number)
    }

    /// Forgets the oldest ids as long as a condition holds.
    mutating func removeFirst(while condition: (MessageID) -> Bool) {
        while count > 0, condition(ring[position(first)]) { removeFirst() }
    }

    private mutating func removeFirst() {
        let hash = ring[position(first)].hash
        guard var hole = slot(of: hash) else { preconditionFailure("an id that is remembered is not found") }
        // What was pushed behind the hole by a collision moves up, so that it is still found.
        var next = (hole + 1) & slotMask
        while slots[next] != Self.none {
            let home = self.home(of: ring[position(UInt32(truncatingIfNeeded: slots[next]))].hash)
            if (next &- home) & slotMask >= (next &- hole) & slotMask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & slotMask
        }
        slots[hole] = Self.none
        first &+= 1
        count -= 1
    }

    @inline(__always)
    private func position(_ number: UInt32) -> Int { Int(number) & (ring.count - 1) }

    @inline(__always)
    private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & slotMask }

    @inline(__always)
    private func slot(of hash: UInt64) -> Int? {
        var index = home(of: hash)
        let upper = hash >> 32
        while slots[index] != Self.none {
            let slot = slots[index]
            if slot >> 32 == upper, ring[position(UInt32(truncatingIfNeeded: slot))].hash == hash { return index }
            index = (index + 1) & slotMask
        }
        return nil
    }

    private mutating func place(_ hash: UInt64, _ number: UInt32) {
        var index = home(of: hash)
        while slots[index] != Self.none { index = (index + 1) & slotMask }
        slots[index] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(number)
    }

    /// Makes room; numbers stay as they are, but each lies elsewhere.
    private mutating func resize(to size: Int) {
        let ids = (0..<count).map { ring[position(first &+ UInt32($0))] }
        ring = Array(repeating: MessageID(hash: 0, offset: 0, sum: 0, time: 0), count: size)
        slots = Array(repeating: Self.none, count: 2 * size)
        slotMask = slots.count - 1
        for (index, id) in ids.enumerated() {
            let number = first &+ UInt32(index)
            ring[position(number)] = id
            place(id.hash, number)
        }
    }
}

/// Hashes of ids that are the same after a restart, and that nobody can choose who does not know the store's seal.
enum IDHash {
    private static let factors: (UInt64, UInt64) = (0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB)

    static func hash(_ id: UnsafeRawBufferPointer, seal: UInt64) -> UInt64 {
        var hash = seal ^ factors.0
        var at = 0
        while at + 8 <= id.count {
            hash = fold(
                hash ^ UInt64(littleEndian: id.loadUnaligned(fromByteOffset: at, as: UInt64.self)), factors.1 ^ seal)
            at += 8
        }
        var rest: UInt64 = 0
        while at < id.count {
            rest = rest << 8 | UInt64(id[at])
            at += 1
        }
        let last = fold(hash ^ rest, factors.0 ^ UInt64(id.count))
        return fold(last ^ seal, factors.1)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
