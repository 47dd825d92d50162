// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Bytes that grow at the end and are reused: the memory of batches and packs.
package struct ByteSlab: ~Copyable {
    /// The first byte.
    package private(set) var base: UnsafeMutableRawPointer
    /// Bytes in use.
    package private(set) var count = 0
    /// Bytes that fit before the slab has to grow.
    package private(set) var capacity: Int

    /// Makes an empty slab.
    package init(capacity: Int) {
        self.capacity = max(capacity, 64)
        // SAFETY: freed in deinit and nowhere else but in `reserve`, which replaces it.
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit {
        // SAFETY: the slab is its memory's only owner.
        base.deallocate()
    }

    /// The bytes in use; they move when the slab grows.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Makes room for `size` more bytes and gives the place where they go; `advance` then counts them in.
    @inline(__always)
    package mutating func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if count &+ size > capacity { grow(size) }
        return base + count
    }

    /// Counts bytes in that were written behind the end.
    @inline(__always)
    package mutating func advance(_ size: Int) {
        assert(count + size <= capacity)
        count &+= size
    }

    /// Appends bytes.
    @inline(__always)
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
        advance(bytes.count)
    }

    /// Forgets the bytes behind a place.
    package mutating func shorten(to count: Int) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Forgets the bytes and keeps the memory.
    package mutating func removeAll() {
        count = 0
    }

    private mutating func grow(_ size: Int) {
        capacity = max(capacity * 2, count + size)
        // SAFETY: the old memory is copied before it is freed, and nothing else points at it by contract.
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }
}
