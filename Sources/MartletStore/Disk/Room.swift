// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// How much room is left until no more publishes are taken.
struct Room {
    private let options: DiskStoreOptions
    private(set) var statistics = StoreStatistics(usedBytes: 0, mapBytes: 0, diskFreeBytes: 0)
    /// Bytes that may be taken until no more than the reserve is left; below 0 when less is left.
    private(set) var left = 0
    /// The reserve of what is the shorter, the map or the disk.
    private(set) var reserve = 0
    /// What the disk had when it was last asked, and the size of the file then.
    private var disk: (free: UInt64, total: UInt64, used: UInt64) = (0, 0, 0)

    init(_ options: DiskStoreOptions) {
        self.options = options
    }

    /// Bytes that must stay free of a map or disk of that size.
    func reserve(of size: UInt64) -> UInt64 {
        let share = size / 100 * UInt64(options.reservePercent)
        return max(UInt64(options.reserveMinimum), min(share, UInt64(options.reserveMaximum)))
    }

    /// Takes what the disk says.
    mutating func measure(free: UInt64, total: UInt64, used: UInt64) {
        disk = (free, total, used)
    }

    /// Takes the size of the file; the pages on its free list are counted only when it can hardly grow.
    mutating func update(used: UInt64, map: UInt64, freePages: () throws -> UInt64) {
        let grown = used - min(used, disk.used)
        let diskFree = disk.free - min(disk.free, grown)
        statistics = StoreStatistics(usedBytes: used, mapBytes: map, diskFreeBytes: diskFree)
        let (mapReserve, diskReserve) = (Int(clamping: reserve(of: map)), Int(clamping: reserve(of: disk.total)))
        let mapLeft = Int(clamping: map) - Int(clamping: used) - mapReserve
        let diskLeft = Int(clamping: diskFree) - diskReserve
        left = min(mapLeft, diskLeft)
        reserve = mapLeft <= diskLeft ? mapReserve : diskReserve
        // Not only when nothing is left: a large message may need more than is left, and find it on the free list.
        guard left < options.ampleRoom else { return }
        // Without a count there is no telling whether acks would still find room, so there is none to give away.
        left += Int(clamping: (try? freePages()) ?? 0)
    }
}

extension DiskStore {
    package var room: Int { roomLeft.left }
    package var reserve: Int { roomLeft.reserve }
    package var statistics: StoreStatistics { roomLeft.statistics }

    package func packLimit(topic: UInt64) -> Int {
        topic >= lastTopic ? Pack.largest : Pack.shared
    }

    package func measureRoom() {
        keepDisk()
        // A backup that was killed would keep pages from being used again. There is no more to do when it fails.
        _ = try? environment.checkReaders()
        let disk = diskRoom(of: folder)
        roomLeft.measure(free: disk.free, total: disk.total, used: UInt64(environment.statistics.usedBytes))
        updateRoom()
    }

    /// Keeps blocks of the disk behind what is used, for what settles and makes room when others have filled the disk.
    private func keepDisk() {
        let used = environment.statistics.usedBytes
        guard options.keptDisk > 0, used + options.keptDisk / 2 > diskKept else { return }
        if environment.reserveDisk(bytes: options.keptDisk) { diskKept = used + options.keptDisk }
    }

    /// Looks at the size of the file, which takes no call of the system.
    func updateRoom() {
        let statistics = environment.statistics
        roomLeft.update(used: UInt64(usedBytes), map: UInt64(options.mapSize)) {
            UInt64(try reader.read { try $0.freePages() } * statistics.pageSize)
        }
    }

    /// Bytes of the file in use, with those of what is not committed, which the file does not show yet.
    private var usedBytes: Int { environment.statistics.usedBytes + portion.pages * BatchCost.page }

    /// Lets the map hold more than it should, so that what settles and makes room never fails for it.
    ///
    /// It does so a few times; a commit that still finds no room fails.
    ///
    /// - Parameter full: the size that was not enough, if there was one.
    func makeEmergencyRoom(beyond full: Int = 0) throws(LMDBError) {
        let used = usedBytes
        if emergencyLimit == 0 { emergencyLimit = max(options.mapSize, used) + 4 * options.emergencyRoom }
        let size = max(options.mapSize, used, full) + options.emergencyRoom
        try environment.resize(mapSize: min(size, emergencyLimit))
    }
}
