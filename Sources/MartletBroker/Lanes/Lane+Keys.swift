// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Keys that are held, and what is so with messages that wait.
extension Lane {
    /// Looks up the keys that are held since before the start, by messages that wait on disk.
    func loadLocks(at now: UInt64, _ source: some LaneSource) throws(StoreError) {
        needsLocks = false
        var last: UInt64 = 0
        while true {
            let rows = try source.deferredRows(after: last, limit: Self.heldLimit)
            for row in rows where !isSettled(row.offset) {
                // What is due comes by itself, and holds nothing until it does.
                guard row.isParked || row.due > now else { continue }
                guard let key = row.keyHash != 0 ? row.keyHash : order == .all ? KeyLocks.all : nil else { continue }
                _ = locks.takeEarly(key, for: row.offset)
            }
            guard rows.count == Self.heldLimit, let end = rows.last?.offset else { return }
            last = end
        }
    }

    /// Lets messages come that have got their keys, unless they wait for something else too.
    func loadReleased(at now: UInt64, _ source: some LaneSource) throws(StoreError) {
        // One that is redriven meanwhile may take the key of one that was released, and is released itself.
        while let offset = released.popLast() {
            guard locks.holds(offset) else { continue }
            if let message = yielding.removeValue(forKey: offset) {
                comeBack(message)
                continue
            }
            guard let row = try source.deferred(offset) else {
                comeBack(Returned(fresh: offset))
                continue
            }
            // It was taken from disk when it was due, and waited for its key then.
            if !row.isParked, handed.contains(offset) || Due(time: row.due, offset: offset) <= lastDue {
                comeBack(Returned(row))
            }
        }
    }

    /// Whether a message with a row has its place among those that were not handed out.
    ///
    /// That is so where messages wait for others and it was redriven, or given back before it was handed out for the
    /// first time.
    func comesByCursor(_ row: Deferred) -> Bool {
        guard order != .none, row.offset >= cursor, !row.isParked else { return false }
        return row.isReopened && reopened.contains(row.offset) || row.deliveries == 0 && !settled.contains(row.offset)
    }

    /// Lets a message come that holds its key, if it has one: behind an older one that waits for it.
    func comeBack(_ message: Returned) {
        guard order != .none, let older = locks.yield(message.offset, isSettled: isSettled) else {
            return returned.insert(message)
        }
        yielding[message.offset] = message
        released.append(older)
    }

    /// Lets a message go before a newer one that has its key and was not handed out yet.
    func letGoFirst(_ offset: UInt64, _ key: UInt64) {
        guard let holder = locks.holder(of: key), holder > offset,
            let found = returned.first(where: { $0.offset == holder })
        else { return }
        returned.removeAll { $0.offset == holder }
        comeBack(found)
    }

    /// Lets a message come at once about which this step writes a row.
    func admit(_ row: Deferred) {
        handed.insert(row.offset)
        take(row)
    }

    /// The hash of the key that a message holds; 0 when it holds none.
    func key(heldBy offset: UInt64) -> UInt64 { order == .none ? 0 : locks.key(heldBy: offset) ?? 0 }

    func lockKey(of row: Deferred) -> UInt64? {
        order == .all ? KeyLocks.all : row.keyHash != 0 ? row.keyHash : nil
    }

    // MARK: - What is so

    /// When a message comes that waits in memory for its time; nil when it does not.
    func waitsInMemory(until offset: UInt64) -> UInt64? {
        waiting.first { $0.message.offset == offset }?.time
    }

    /// The message that holds a key, once those are known that are held since before the start.
    func holder(of key: UInt64, at now: UInt64, _ source: some LaneSource) throws(StoreError) -> UInt64? {
        guard order != .none else { return nil }
        if needsLocks { try loadLocks(at: now, source) }
        return locks.holder(of: key)
    }

    /// The messages that have held keys for so long while others waited; each is given once.
    func takeBlocked(at now: UInt64, for time: UInt64) -> [UInt64] {
        order == .none ? [] : locks.takeBlocked(at: now, for: time)
    }

    /// Messages below an offset that are to be delivered before it and have not been read.
    func unread(below offset: UInt64) -> UInt64 {
        if returned.first(where: { $0.offset == offset }) != nil {
            return UInt64(returned.count { $0.offset < offset })
        }
        // Those behind the cursor are counted with what was not read.
        let back = UInt64(
            returned.count { $0.offset < cursor ? offset >= cursor || $0.offset < offset : $0.offset > offset })
        return back + (offset > cursor ? settled.unsettledCount(in: cursor..<offset) : 0)
    }
}
