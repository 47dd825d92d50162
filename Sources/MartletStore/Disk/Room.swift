// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// How much room is left, and whether it is enough for more publishes.
struct Room {
    private let options: DiskStoreOptions
    private(set) var statistics = StoreStatistics(usedBytes: 0, mapBytes: 0, diskFreeBytes: 0)
    private(set) var isFull = false

    init(_ options: DiskStoreOptions) {
        self.options = options
    }

    /// Bytes that must stay free of a map or disk of that size.
    func reserve(of size: UInt64) -> UInt64 {
        let share = size / 100 * UInt64(options.reservePercent)
        return max(UInt64(options.reserveMinimum), min(share, UInt64(options.reserveMaximum)))
    }

    /// Takes stock; the pages on the free list are counted only when the file can hardly grow.
    mutating func update(
        used: UInt64, map: UInt64, disk: (free: UInt64, total: UInt64), freePages: () throws -> UInt64
    ) {
        statistics = StoreStatistics(usedBytes: used, mapBytes: map, diskFreeBytes: disk.free)
        let mapShort = short(of: map - min(used, map), reserve(of: map))
        let diskShort = short(of: disk.free, reserve(of: disk.total))
        let missing = max(mapShort, diskShort)
        guard missing > 0 else {
            isFull = false
            return
        }
        // Without a count there is no telling whether acks would still find room, so there is none to give away.
        let reusable = (try? freePages()) ?? 0
        isFull = reusable < missing
    }

    private func short(of free: UInt64, _ reserve: UInt64) -> UInt64 {
        free >= reserve ? 0 : reserve - free
    }
}

extension DiskStore {
    package var isFull: Bool { room.isFull }
    package var statistics: StoreStatistics { room.statistics }

    package func packLimit(topic: UInt64) -> Int {
        topic >= lastTopic ? Pack.largest : Pack.shared
    }

    func updateRoom() {
        commitsSinceRoom = 0
        bytesSinceRoom = 0
        let statistics = environment.statistics
        room.update(
            used: UInt64(statistics.usedBytes), map: UInt64(statistics.mapSize), disk: diskRoom(of: folder)
        ) {
            UInt64(try reader.read { try $0.freePages() } * statistics.pageSize)
        }
    }
}
