// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CPrefetch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The slots of a hash table that finds ids by their hash.
///
/// A slot holds the upper half of a hash, from which its place follows too, with its first bit set, and the number of
/// the id; 0 is an empty slot.
struct IDSlots: ~Copyable {
    // SAFETY: both are allocated in `init` and freed in `deinit`; `mask` keeps every access within them, since the
    // count is a power of 2.
    private let memory: UnsafeMutableRawBufferPointer
    private let slots: UnsafeMutablePointer<UInt64>
    private let mask: Int

    /// Makes so many empty slots, a power of 2.
    init(count: Int) {
        precondition(count > 0 && count & (count - 1) == 0)
        (memory, slots) = Self.allocate(count)
        mask = count - 1
    }

    deinit {
        #if os(Linux)
        if memory.count >= Self.largePage {
            munmap(memory.baseAddress, memory.count)
            return
        }
        #endif
        free(memory.baseAddress)
    }

    /// How many there are.
    var count: Int { mask + 1 }

    private static let largePage = 2 << 20

    /// Zeros that the system brings as they are asked for; in large pages where there are many, since slots are looked
    /// at in no order, and each small page would have to be found first.
    private static func allocate(_ count: Int) -> (UnsafeMutableRawBufferPointer, UnsafeMutablePointer<UInt64>) {
        let size = count * MemoryLayout<UInt64>.stride
        #if os(Linux)
        if size >= largePage {
            // Room to begin at a large page.
            let mapped = size + largePage
            let start = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            // The system has none, and any other allocation would trap too.
            guard let start, start != MAP_FAILED else { preconditionFailure("no memory for the ids of a topic") }
            let aligned = start.alignedUp(toMultipleOf: largePage)
            madvise(aligned, size, Int32(MADV_HUGEPAGE))
            // SAFETY: the mapping has room for so many words behind where it is aligned, and is used for nothing else.
            return (
                UnsafeMutableRawBufferPointer(start: start, count: mapped),
                aligned.bindMemory(to: UInt64.self, capacity: count)
            )
        }
        #endif
        guard let start = calloc(1, size) else { preconditionFailure("no memory for the ids of a topic") }
        // SAFETY: the memory is as large as that many words, and is used for nothing else.
        return (
            UnsafeMutableRawBufferPointer(start: start, count: size),
            start.bindMemory(to: UInt64.self, capacity: count)
        )
    }

    /// Has the system bring memory for some slots of an empty table.
    func bring(from first: Int, to end: Int) {
        let page = 4_096 / MemoryLayout<UInt64>.stride
        var slot = (first + page - 1) / page * page
        while slot < end {
            slots[slot] = 0
            slot += page
        }
    }

    /// Has the place of a hash brought near.
    @inline(__always)
    func prefetch(_ hash: UInt64) { martlet_prefetch(slots + home(of: hash)) }

    /// The number of the id with this hash.
    ///
    /// - Parameter isSame: whether the id of a number has the whole hash.
    @inline(__always)
    func number(of hash: UInt64, _ isSame: (UInt32) -> Bool) -> UInt32? {
        index(of: hash, isSame).map { UInt32(truncatingIfNeeded: slots[$0]) }
    }

    /// Takes the number of an id whose hash is not there.
    @inline(__always)
    func insert(_ hash: UInt64, _ number: UInt32) {
        var index = home(of: hash)
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = Self.tag(hash) | UInt64(number)
    }

    /// Removes an id; false when it is not there.
    func remove(_ hash: UInt64, _ isSame: (UInt32) -> Bool) -> Bool {
        guard var hole = index(of: hash, isSame) else { return false }
        // What was pushed behind the hole by a collision moves up, so that it is still found.
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            if (next &- home(of: slots[next])) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
        return true
    }

    /// The place of a hash, or of what a slot holds of it; the first bit never matters.
    @inline(__always)
    private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & mask }

    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt64 { (hash | 1 << 63) & 0xFFFF_FFFF_0000_0000 }

    @inline(__always)
    private func index(of hash: UInt64, _ isSame: (UInt32) -> Bool) -> Int? {
        let tag = Self.tag(hash)
        var index = home(of: hash)
        while slots[index] != 0 {
            let slot = slots[index]
            if (slot ^ tag) >> 32 == 0, isSame(UInt32(truncatingIfNeeded: slot)) { return index }
            index = (index + 1) & mask
        }
        return nil
    }
}
