// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletStore

/// The arithmetic of how much must stay free.
struct RoomTests {
    private static let mebibyte: UInt64 = 1 << 20

    @Test func `the reserve is 5 % of the whole, at least 64 MiB and at most 1 GiB`() {
        let room = Room(DiskStoreOptions())
        #expect(room.reserve(of: 0) == 64 * Self.mebibyte)
        #expect(room.reserve(of: 1_280 * Self.mebibyte) == 64 * Self.mebibyte)
        #expect(room.reserve(of: 2_000 * Self.mebibyte) == 100 * Self.mebibyte)
        #expect(room.reserve(of: 20_000 * Self.mebibyte) == 1_000 * Self.mebibyte)
        #expect(room.reserve(of: 1 << 40) == 1_024 * Self.mebibyte)
    }

    /// A room with a reserve of 100 bytes for map and disk.
    private func isFull(used: UInt64, map: UInt64, diskFree: UInt64, freePages: UInt64 = 0) -> Bool {
        var room = Room(.small(reserve: 100))
        room.measure(free: diskFree, total: 10_000, used: used)
        room.update(used: used, map: map) { freePages }
        return room.left < 0
    }

    @Test func `the map is full when less than the reserve is left`() {
        #expect(!isFull(used: 900, map: 1_000, diskFree: 5_000))
        #expect(isFull(used: 901, map: 1_000, diskFree: 5_000))
        #expect(isFull(used: 2_000, map: 1_000, diskFree: 5_000))
    }

    @Test func `the disk is full when less than the reserve is left`() {
        #expect(!isFull(used: 0, map: 1_000, diskFree: 100))
        #expect(isFull(used: 0, map: 1_000, diskFree: 99))
        #expect(isFull(used: 0, map: 1_000, diskFree: 0))
    }

    @Test func `pages on the free list make up for what is missing`() {
        #expect(isFull(used: 950, map: 1_000, diskFree: 5_000, freePages: 49))
        #expect(!isFull(used: 950, map: 1_000, diskFree: 5_000, freePages: 50))
        #expect(isFull(used: 0, map: 1_000, diskFree: 40, freePages: 59))
        #expect(!isFull(used: 0, map: 1_000, diskFree: 40, freePages: 60))
    }

    @Test func `pages on the free list are found by what is larger than the room that is left`() {
        var options = DiskStoreOptions.small(reserve: 100)
        options.ampleRoom = 50
        var room = Room(options)
        room.measure(free: 5_000, total: 10_000, used: 851)
        room.update(used: 851, map: 1_000) { 700 }
        #expect(room.left == 749)
        room.update(used: 850, map: 1_000) { 700 }
        #expect(room.left == 50)
    }

    @Test func `free pages are counted only where room is missing, and none are assumed when they cannot be`() {
        struct Unreadable: Error {}
        var room = Room(.small(reserve: 100))
        var counted = 0
        func count() throws -> UInt64 {
            counted += 1
            throw Unreadable()
        }
        room.measure(free: 5_000, total: 10_000, used: 0)
        room.update(used: 0, map: 1_000, freePages: count)
        #expect(counted == 0)
        #expect(room.left >= 0)
        room.measure(free: 5_000, total: 10_000, used: 999)
        room.update(used: 999, map: 1_000, freePages: count)
        #expect(counted == 1)
        #expect(room.left < 0)
        room.measure(free: 5_000, total: 10_000, used: 0)
        room.update(used: 0, map: 1_000, freePages: count)
        #expect(room.left >= 0)
        #expect(room.statistics.mapBytes == 1_000)
        #expect(room.statistics.diskFreeBytes == 5_000)
    }
}
