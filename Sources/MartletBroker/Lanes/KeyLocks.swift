// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which keys of a subscription are held, by which message, and what waits behind it.
///
/// Keys are told apart by a hash of 64 bits. A key is held from the time when a message of it is taken to be handed out
/// until that one is settled, whatever becomes of it in between.
struct KeyLocks {
    private struct Held {
        /// The message that holds the key.
        var holder: UInt64
        /// What was read behind it.
        var waiting = OffsetQueue()
        /// What waits although it is not newer than what was read, in descending order: it was redriven, or came back
        /// from an earlier run.
        var early: [UInt64] = []
        /// Since when others have been seen to wait for it; 0 when they have not.
        var since: UInt64 = 0
        /// Whether that was told.
        var isTold = false

        var isWaitedFor: Bool { !waiting.isEmpty || !early.isEmpty }
    }

    /// The key that all messages have when all go one after another.
    static let all: UInt64 = 1
    /// About what a held key takes, in bytes.
    private static let keyBytes = 112

    private let memory: KeyMemory
    private var held: [UInt64: Held] = [:]
    private var keys: [UInt64: UInt64] = [:]
    /// Messages that wait.
    private(set) var waitingCount: UInt64 = 0
    private var used = 0

    init(_ memory: KeyMemory) {
        self.memory = memory
    }

    /// Whether no more can be remembered.
    var isFull: Bool { memory.isFull }

    /// The message that holds a key, or nil.
    func holder(of key: UInt64) -> UInt64? { held[key]?.holder }

    /// The key that a message holds, or nil.
    func key(heldBy offset: UInt64) -> UInt64? { keys[offset] }

    /// Whether a message holds its key.
    func holds(_ offset: UInt64) -> Bool { keys[offset] != nil }

    /// Takes a key for a message that is newer than all that asked before; false when it waits for it now.
    mutating func take(_ key: UInt64, for offset: UInt64) -> Bool {
        guard let index = held.index(forKey: key) else {
            hold(key, offset)
            return true
        }
        // ORDER: one entry alone, where it lies.
        let before = held.values[index].waiting.memory
        held.values[index].waiting.append(offset)
        count(held.values[index].waiting.memory - before)
        waitingCount += 1
        return false
    }

    /// Takes a key for a message that may be older than others; false when it waits for it now.
    mutating func takeEarly(_ key: UInt64, for offset: UInt64) -> Bool {
        guard var found = held[key] else {
            hold(key, offset)
            return true
        }
        guard found.holder != offset, !found.early.contains(offset) else { return found.holder == offset }
        held[key] = nil
        found.early.append(offset)
        found.early.sort(by: >)
        held[key] = found
        count(8)
        waitingCount += 1
        return false
    }

    /// Lets an older message have the key that a message holds which came back; it waits for that one now.
    ///
    /// Nil when there is no older one.
    mutating func yield(_ offset: UInt64, isSettled: (UInt64) -> Bool) -> UInt64? {
        guard let key = keys[offset], let first = held[key]?.early.last, first < offset, var found = held[key] else {
            return nil
        }
        held[key] = nil
        while let last = found.early.last, last < offset, isSettled(last) {
            found.early.removeLast()
            waitingCount -= 1
            count(-8)
        }
        guard let older = found.early.last, older < offset else {
            held[key] = found
            return nil
        }
        found.early.removeLast()
        found.early.append(offset)
        found.early.sort(by: >)
        found.holder = older
        held[key] = found
        keys[offset] = nil
        keys[older] = key
        return older
    }

    /// Frees the key that a message holds, and gives the oldest one that waits, which holds it from now on.
    ///
    /// Those that are settled meanwhile are forgotten.
    mutating func release(_ offset: UInt64, isSettled: (UInt64) -> Bool) -> UInt64? {
        guard let key = keys.removeValue(forKey: offset), let index = held.index(forKey: key) else { return nil }
        // ORDER: one entry alone, where it lies.
        let before = held.values[index].waiting.memory
        while let next = Self.next(of: &held.values[index]) {
            waitingCount -= 1
            if next.isEarly { count(-8) }
            guard !isSettled(next.offset) else { continue }
            // ORDER: one entry alone, where it lies.
            count(held.values[index].waiting.memory - before)
            held.values[index].holder = next.offset
            (held.values[index].since, held.values[index].isTold) = (0, false)
            keys[next.offset] = key
            return next.offset
        }
        held.remove(at: index)
        count(-before - Self.keyBytes)
        return nil
    }

    private static func next(of held: inout Held) -> (offset: UInt64, isEarly: Bool)? {
        if let early = held.early.last, early < held.waiting.first ?? .max {
            held.early.removeLast()
            return (early, true)
        }
        return held.waiting.popFirst().map { ($0, false) }
    }

    /// The messages that have held keys for so long while others waited; each is given once.
    ///
    /// It is to be asked from time to time: what waits is noticed then.
    mutating func takeBlocked(at now: UInt64, for time: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        // ORDER: each key is looked at alone, and what is found is sorted.
        let waitedFor = held.filter { $0.value.isWaitedFor && !$0.value.isTold }
        for (key, entry) in waitedFor.sorted(by: { $0.key < $1.key }) {
            if entry.since == 0 {
                held[key]?.since = now
            } else if now - entry.since >= time {
                held[key]?.isTold = true
                found.append(entry.holder)
            }
        }
        return found.sorted()
    }

    /// The messages that hold keys and lie below an offset.
    func holders(below offset: UInt64) -> [UInt64] { keys.keys.filter { $0 < offset }.sorted() }

    /// Gives all memory back.
    mutating func removeAll() {
        count(-used)
        held = [:]
        keys = [:]
        waitingCount = 0
    }

    private mutating func hold(_ key: UInt64, _ offset: UInt64) {
        held[key] = Held(holder: offset)
        keys[offset] = key
        count(Self.keyBytes)
    }

    private mutating func count(_ bytes: Int) {
        used += bytes
        memory.used += bytes
    }
}
