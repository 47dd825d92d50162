// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The ids that a topic remembers, the oldest first, and where each is found.
///
/// A ring holds them in the order in which they were accepted, 32 bytes each, and a table of twice as many slots of 8
/// bytes finds them by their hash: 48 MB for a million ids. A slot holds the upper half of a hash, from which its
/// place follows too, and the number of the id; so that only a hit looks at the ring.
final class IDIndex {
    private static let none = UInt64.max

    private let limit: Int
    // SAFETY: both are allocated by `resize` and freed by it or in `deinit`; `position` and `slotMask` keep every
    // access within them, since their sizes are powers of 2.
    private var ring: UnsafeMutableBufferPointer<MessageID>
    private var slots: UnsafeMutableBufferPointer<UInt64>
    private var slotMask: Int
    /// The number of the oldest id that is remembered, counted from the first that ever was.
    private var first: UInt32 = 0
    private(set) var count = 0

    /// Remembers at most as many ids as `limit` says.
    init(limit: Int) {
        precondition(limit > 0 && limit <= 1 << 24)
        self.limit = limit
        (ring, slots) = Self.room(for: 16)
        slotMask = slots.count - 1
    }

    deinit {
        ring.deallocate()
        slots.deallocate()
    }

    private static func room(
        for size: Int
    ) -> (UnsafeMutableBufferPointer<MessageID>, UnsafeMutableBufferPointer<UInt64>) {
        let ring: UnsafeMutableBufferPointer<MessageID> = memory(size)
        ring.initialize(repeating: MessageID(hash: 0, offset: 0, sum: 0, time: 0))
        let slots: UnsafeMutableBufferPointer<UInt64> = memory(2 * size)
        slots.initialize(repeating: none)
        return (ring, slots)
    }

    /// Memory in large pages where it is large: its places are looked at in no order, and each small page would have
    /// to be found first.
    private static func memory<Element>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
        let page = 2 << 20
        let size = count * MemoryLayout<Element>.stride
        let alignment = size >= page ? page : 64
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: alignment)
        #if os(Linux)
        if size >= page { madvise(bytes.baseAddress, size, Int32(MADV_HUGEPAGE)) }
        #endif
        // SAFETY: the memory is as large and as aligned as that many elements need, and holds nothing else.
        return bytes.bindMemory(to: Element.self)
    }

    /// The oldest id.
    var oldest: MessageID? { count > 0 ? ring[position(first)] : nil }

    /// What is remembered of an id, by its hash.
    func find(_ hash: UInt64) -> MessageID? {
        slot(of: hash).map { ring[position(UInt32(truncatingIfNeeded: slots[$0]))] }
    }

    /// Looks at the places of some hashes, and of as many of the oldest ids, which will have to make room for them.
    ///
    /// The places lie anywhere in memory; asked for all at once, they come side by side and not one after another.
    ///
    /// - Returns: something that depends on all of them, so that they are looked at.
    func touch(_ hashes: borrowing some Collection<MessageID>) -> UInt64 {
        var seen: UInt64 = 0
        for id in copy hashes { seen ^= slots[home(of: id.hash)] }
        let full = count + hashes.count - limit
        if full > 0 {
            for number in 0..<min(full, count) { seen ^= slots[home(of: ring[position(first &+ UInt32(number))].hash)] }
        }
        return seen
    }

    /// Remembers an id that is not remembered yet; past the limit the oldest is forgotten.
    func insert(_ id: MessageID) {
        if count == limit { removeFirst() }
        if count == ring.count { resize() }
        let number = first &+ UInt32(count)
        ring[position(number)] = id
        count += 1
        place(id.hash, number)
    }

    /// Forgets the oldest ids as long as a condition holds.
    func removeFirst(while condition: (MessageID) -> Bool) {
        while count > 0, condition(ring[position(first)]) { removeFirst() }
    }

    private func removeFirst() {
        guard var hole = slot(of: ring[position(first)].hash) else {
            preconditionFailure("an id that is remembered is not found")
        }
        // What was pushed behind the hole by a collision moves up, so that it is still found.
        var next = (hole + 1) & slotMask
        while slots[next] != Self.none {
            if (next &- home(of: slots[next])) & slotMask >= (next &- hole) & slotMask {
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

    /// The place of a hash, or of what a slot holds of it.
    @inline(__always)
    private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & slotMask }

    @inline(__always)
    private func slot(of hash: UInt64) -> Int? {
        var index = home(of: hash)
        while slots[index] != Self.none {
            let slot = slots[index]
            if (slot ^ hash) >> 32 == 0, ring[position(UInt32(truncatingIfNeeded: slot))].hash == hash { return index }
            index = (index + 1) & slotMask
        }
        return nil
    }

    @inline(__always)
    private func place(_ hash: UInt64, _ number: UInt32) {
        var index = home(of: hash)
        while slots[index] != Self.none { index = (index + 1) & slotMask }
        slots[index] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(number)
    }

    /// Makes twice the room; numbers stay as they are, but each lies elsewhere.
    private func resize() {
        let (oldRing, oldSlots) = (ring, slots)
        (ring, slots) = Self.room(for: 2 * oldRing.count)
        slotMask = slots.count - 1
        for index in 0..<count {
            let number = first &+ UInt32(index)
            let id = oldRing[Int(number) & (oldRing.count - 1)]
            ring[position(number)] = id
            place(id.hash, number)
        }
        oldRing.deallocate()
        oldSlots.deallocate()
    }
}
