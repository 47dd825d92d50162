// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which keys of a subscription are held, by which message, and what waits behind it.
///
/// Keys are told apart by a hash of 64 bits. A key is held from the time when a message of it is taken to be handed out
/// until that one is settled, whatever becomes of it in between. Most keys are held by a message that none waits for:
/// that costs a slot in each of two tables and nothing else.
struct KeyLocks {
    /// The key that all messages have when all go one after another.
    static let all: UInt64 = 1
    /// About what a held key takes, in bytes.
    private static let keyBytes = 112
    /// About what a line takes beside what is in it.
    private static let lineBytes = 160
    /// Says of a holder that others wait for it.
    private static let isWaitedFor: UInt64 = 1 << 63

    private let memory: KeyMemory
    /// The holders of the keys.
    private let holders = PairTable()
    /// The keys that messages hold.
    private let keys = PairTable()
    /// Where the lines of the keys are that others wait for.
    private let places = PairTable()
    private var lines: [KeyLine] = []
    private var freeLines: [Int] = []
    private var used = 0

    init(_ memory: KeyMemory) {
        self.memory = memory
    }

    /// Whether no more can be remembered.
    var isFull: Bool { memory.isFull }

    /// Keys that messages wait for.
    var blockedCount: Int { lines.count - freeLines.count }

    /// The message that holds a key, or nil.
    func holder(of key: UInt64) -> UInt64? { holders.value(of: key).map { $0 & ~Self.isWaitedFor } }

    /// The key that a message holds, or nil.
    func key(heldBy offset: UInt64) -> UInt64? { keys.value(of: offset) }

    /// Whether a message holds its key.
    func holds(_ offset: UInt64) -> Bool { keys.value(of: offset) != nil }

    /// Takes a key for a message that is newer than all that asked before; false when it waits for it now.
    @inline(__always)
    mutating func take(_ key: UInt64, for offset: UInt64) -> Bool {
        guard let holder = holders.insert(key, offset) else {
            _ = keys.insert(offset, key)
            count(Self.keyBytes)
            return true
        }
        change(holder, of: key) { $0.waiting.append(offset) }
        return false
    }

    /// Takes a key for a message that may be older than others; false when it waits for it now.
    mutating func takeEarly(_ key: UInt64, for offset: UInt64) -> Bool {
        guard let found = holders.insert(key, offset) else {
            _ = keys.insert(offset, key)
            count(Self.keyBytes)
            return true
        }
        guard found & ~Self.isWaitedFor != offset else { return true }
        guard !hasEarly(offset, key, found) else { return false }
        change(found, of: key) { $0.insert(early: offset) }
        return false
    }

    /// Lets an older message have the key that a message holds which came back; it waits for that one now.
    ///
    /// Nil when there is no older one.
    mutating func yield(_ offset: UInt64, isSettled: (UInt64) -> Bool) -> UInt64? {
        guard let key = keys.value(of: offset), let found = holders.value(of: key), found & Self.isWaitedFor != 0
        else { return nil }
        let older: UInt64? = change(found, of: key) { line in
            while let last = line.early.last, last < offset, isSettled(last) {
                line.early.removeLast()
            }
            guard let last = line.early.last, last < offset else { return nil }
            line.early.removeLast()
            line.insert(early: offset)
            return last
        }
        guard let older else { return nil }
        holders.set(key, older | Self.isWaitedFor)
        _ = keys.remove(offset)
        _ = keys.insert(older, key)
        return older
    }

    /// Frees the key that a message holds, and gives the oldest one that waits, which holds it from now on.
    ///
    /// Those that are settled meanwhile are forgotten.
    @inline(__always)
    mutating func release(_ offset: UInt64, isSettled: (UInt64) -> Bool) -> UInt64? {
        guard let key = keys.remove(offset) else { return nil }
        guard let found = holders.value(of: key), found & Self.isWaitedFor != 0 else {
            _ = holders.remove(key)
            count(-Self.keyBytes)
            return nil
        }
        return pass(key, isSettled)
    }

    /// Frees the keys of leases that ended, and adds the messages that hold them from now on.
    mutating func release(_ leases: [Lease], isSettled: (UInt64) -> Bool, into freed: inout [UInt64]) {
        for lease in leases {
            if let next = release(lease.offset, isSettled: isSettled) { freed.append(next) }
        }
    }

    /// Gives a key that others wait for to the oldest of them.
    private mutating func pass(_ key: UInt64, _ isSettled: (UInt64) -> Bool) -> UInt64? {
        let next: UInt64? = change(Self.isWaitedFor, of: key) { line in
            while let next = line.popFirst() {
                guard !isSettled(next) else { continue }
                (line.since, line.isTold) = (0, false)
                return next
            }
            return nil
        }
        guard let next else {
            _ = holders.remove(key)
            count(-Self.keyBytes)
            return nil
        }
        holders.set(key, next | (places.value(of: key) == nil ? 0 : Self.isWaitedFor))
        _ = keys.insert(next, key)
        return next
    }

    /// The messages that have held keys for so long while others waited; each is given once.
    ///
    /// It is to be asked from time to time: what waits is noticed then.
    mutating func takeBlocked(at now: UInt64, for time: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        for index in lines.indices where !lines[index].isEmpty && !lines[index].isTold {
            if lines[index].since == 0 {
                lines[index].since = now
            } else if now - lines[index].since >= time, let holder = holder(of: lines[index].key) {
                lines[index].isTold = true
                found.append(holder)
            }
        }
        return found.sorted()
    }

    /// The messages that hold keys and lie below an offset.
    func holders(below offset: UInt64) -> [UInt64] { keys.keys { $0 < offset } }

    /// Gives all memory back.
    mutating func removeAll() {
        count(-used)
        for table in [holders, keys, places] { table.removeAll() }
        (lines, freeLines) = ([], [])
    }

    // MARK: - Lines

    /// Changes the line of a key, which begins with its first message and ends with its last.
    private mutating func change<Result>(
        _ holder: UInt64, of key: UInt64, _ body: (inout KeyLine) -> Result
    ) -> Result {
        let place = holder & Self.isWaitedFor == 0 ? begin(key, holder) : place(of: key)
        let before = lines[place].memory
        let result = body(&lines[place])
        count(lines[place].memory - before)
        if lines[place].isEmpty { end(place, key) }
        return result
    }

    private func place(of key: UInt64) -> Int {
        guard let place = places.value(of: key) else { preconditionFailure("a key that is waited for has a line") }
        return Int(place)
    }

    private func hasEarly(_ offset: UInt64, _ key: UInt64, _ holder: UInt64) -> Bool {
        holder & Self.isWaitedFor != 0 && lines[place(of: key)].early.contains(offset)
    }

    private mutating func begin(_ key: UInt64, _ holder: UInt64) -> Int {
        holders.set(key, holder | Self.isWaitedFor)
        let place = freeLines.popLast() ?? lines.count
        if place == lines.count { lines.append(KeyLine(key)) } else { lines[place] = KeyLine(key) }
        _ = places.insert(key, UInt64(place))
        count(Self.lineBytes)
        return place
    }

    private mutating func end(_ place: Int, _ key: UInt64) {
        count(-Self.lineBytes - lines[place].memory)
        lines[place] = KeyLine(key)
        freeLines.append(place)
        _ = places.remove(key)
        if let holder = holders.value(of: key) { holders.set(key, holder & ~Self.isWaitedFor) }
    }

    @inline(__always)
    private mutating func count(_ bytes: Int) {
        used += bytes
        memory.used += bytes
    }
}
