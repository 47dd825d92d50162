// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Pairs of numbers by the first of them, which is not 0: a hash table of 16 bytes a slot.
///
/// Numbers that follow each other lie together, four in a row: offsets are mostly asked for in their order.
final class PairTable {
    private struct Pair {
        var key: UInt64
        var value: UInt64
    }

    private static let least = 32

    // SAFETY: allocated by `allocate` for `mask + 1` pairs and freed in `deinit`; the count is a power of 2, and every
    // index is cut by the mask.
    private var pairs: UnsafeMutablePointer<Pair>
    private var mask: Int
    private(set) var count = 0

    init() {
        pairs = Self.allocate(Self.least)
        mask = Self.least - 1
    }

    deinit { pairs.deallocate() }

    /// No pairs: all zeros.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Pair> {
        let start = UnsafeMutablePointer<Pair>.allocate(capacity: count)
        start.initialize(repeating: Pair(key: 0, value: 0), count: count)
        return start
    }

    @inline(__always)
    private func home(of key: UInt64) -> Int {
        let group = (key >> 2) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: (group >> 32) << 2 | (key & 3)) & mask
    }

    /// The second number of a pair; nil when there is none.
    @inline(__always)
    func value(of key: UInt64) -> UInt64? { index(of: key).map { pairs[$0].value } }

    /// Sets the second number of a pair that is there.
    @inline(__always)
    func set(_ key: UInt64, _ value: UInt64) {
        guard let index = index(of: key) else { preconditionFailure("a pair that is changed is there") }
        pairs[index].value = value
    }

    /// Adds a pair, unless there is one; gives the second number of that one.
    @inline(__always)
    func insert(_ key: UInt64, _ value: UInt64) -> UInt64? {
        precondition(key != 0)
        if 2 * (count + 1) > mask + 1 { resize(2 * (mask + 1)) }
        var index = home(of: key)
        while pairs[index].key != 0 {
            if pairs[index].key == key { return pairs[index].value }
            index = (index + 1) & mask
        }
        pairs[index] = Pair(key: key, value: value)
        count += 1
        return nil
    }

    /// Removes a pair and gives its second number; nil when there is none.
    @inline(__always)
    func remove(_ key: UInt64) -> UInt64? {
        guard var hole = index(of: key) else { return nil }
        let value = pairs[hole].value
        // What was pushed behind the hole by a collision moves up, so that it is still found.
        var next = (hole + 1) & mask
        while pairs[next].key != 0 {
            if (next &- home(of: pairs[next].key)) & mask >= (next &- hole) & mask {
                pairs[hole] = pairs[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        pairs[hole] = Pair(key: 0, value: 0)
        count -= 1
        if mask >= 4_096, count * 16 < mask { resize((mask + 1) / 4) }
        return value
    }

    /// Removes all pairs and gives their memory back.
    func removeAll() {
        pairs.deallocate()
        pairs = Self.allocate(Self.least)
        mask = Self.least - 1
        count = 0
    }

    /// The first numbers of the pairs that are as said, in order.
    func keys(where isMeant: (UInt64) -> Bool) -> [UInt64] {
        (0...mask).compactMap { pairs[$0].key != 0 && isMeant(pairs[$0].key) ? pairs[$0].key : nil }.sorted()
    }

    @inline(__always)
    private func index(of key: UInt64) -> Int? {
        guard key != 0 else { return nil }
        var index = home(of: key)
        while pairs[index].key != 0 {
            if pairs[index].key == key { return index }
            index = (index + 1) & mask
        }
        return nil
    }

    private func resize(_ size: Int) {
        let (old, slots) = (pairs, mask + 1)
        pairs = Self.allocate(size)
        mask = size - 1
        count = 0
        for index in 0..<slots where old[index].key != 0 { _ = insert(old[index].key, old[index].value) }
        old.deallocate()
    }
}
