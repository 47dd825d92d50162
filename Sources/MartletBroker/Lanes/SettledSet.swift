// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Which messages of a topic one subscription has settled: all up to a floor, and some above it.
///
/// Above the floor it keeps a bit for each offset, in chunks of 4,096; a complete chunk shrinks to nothing. Holes have
/// no cap: 50 million messages above one that is stuck take 6 MiB while they are settled here and there, and next to
/// nothing once they all are.
struct SettledSet {
    /// Offsets of a chunk.
    static let chunkSize: UInt64 = 4_096

    private final class Chunk {
        var words: [UInt64]
        var count: Int
        var isChanged = false
        var isStored = false

        init(words: [UInt64]) {
            self.words = words
            count = words.reduce(0) { $0 + $1.nonzeroBitCount }
        }

        /// Sets the bits of a range, and tells how many were not set.
        func set(_ first: Int, through last: Int) -> Int {
            let new = Self.set(first, through: last, of: &words)
            count += new
            return new
        }

        private static func set(_ first: Int, through last: Int, of words: inout [UInt64]) -> Int {
            var new = 0
            for index in first / 64...last / 64 {
                var mask = UInt64.max
                if index == first / 64 { mask &= .max << UInt64(first % 64) }
                if index == last / 64 { mask &= .max >> UInt64(63 - last % 64) }
                new += (mask & ~words[index]).nonzeroBitCount
                words[index] |= mask
            }
            return new
        }
    }

    private enum Slot {
        case open(Chunk)
        case complete
    }

    /// All offsets up to this one are settled.
    private(set) var floor: UInt64
    /// Settled offsets above the floor.
    private(set) var above: UInt64 = 0
    private var highest: UInt64
    private var slots: [Slot] = []
    private var head = 0
    private var headChunk: UInt64
    private var changed: [UInt64] = []
    private var removeRows = false

    init(floor: UInt64) {
        self.floor = floor
        highest = floor
        headChunk = (floor + 1) / Self.chunkSize
    }

    init(_ stored: StoredState.Subscription) {
        self.init(floor: stored.row.floor)
        for (chunk, words) in stored.chunks where chunk >= headChunk {
            while headChunk + UInt64(slots.count) < chunk { slots.append(.open(emptyChunk(slots.count))) }
            if let words {
                let loaded = Chunk(words: words)
                loaded.isStored = true
                slots.append(.open(loaded))
                markBelowFloor(loaded, chunk)
            } else {
                slots.append(.complete)
            }
        }
        highest = (headChunk + UInt64(slots.count)) * Self.chunkSize
        recount()
    }

    /// Whether a message is settled.
    func contains(_ offset: UInt64) -> Bool {
        guard offset > floor else { return true }
        let index = Int(offset / Self.chunkSize - headChunk)
        guard index < slots.count - head else { return false }
        switch slots[head + index] {
        case .complete: return true
        case .open(let chunk):
            let bit = offset % Self.chunkSize
            return chunk.words[Int(bit / 64)] & (1 << (bit % 64)) != 0
        }
    }

    /// Whether nothing is settled from an offset on.
    func isEmpty(from offset: UInt64) -> Bool { offset > highest }

    /// The first offset that is not settled, from `offset` on.
    func firstUnsettled(from offset: UInt64) -> UInt64 {
        var offset = max(offset, floor + 1)
        while true {
            let index = Int(offset / Self.chunkSize - headChunk)
            guard index < slots.count - head else { return offset }
            let chunkStart = (headChunk + UInt64(index)) * Self.chunkSize
            guard case .open(let chunk) = slots[head + index] else {
                offset = chunkStart + Self.chunkSize
                continue
            }
            if let bit = Self.firstZero(chunk.words, from: Int(offset - chunkStart)) { return chunkStart + UInt64(bit) }
            offset = chunkStart + Self.chunkSize
        }
    }

    /// The first offset that is settled, from `offset` on; the largest number when there is none.
    func firstSettled(from offset: UInt64) -> UInt64 {
        guard offset > floor else { return offset }
        var offset = offset
        while offset <= highest {
            let index = Int(offset / Self.chunkSize - headChunk)
            guard index < slots.count - head else { break }
            let chunkStart = (headChunk + UInt64(index)) * Self.chunkSize
            guard case .open(let chunk) = slots[head + index] else { return offset }
            if let bit = Self.firstOne(chunk.words, from: Int(offset - chunkStart)) { return chunkStart + UInt64(bit) }
            offset = chunkStart + Self.chunkSize
        }
        return .max
    }

    /// How many messages of a range are not settled.
    func unsettledCount(in range: Range<UInt64>) -> UInt64 {
        var count: UInt64 = 0
        var offset = firstUnsettled(from: range.lowerBound)
        while offset < range.upperBound {
            let end = min(firstSettled(from: offset), range.upperBound)
            count += end - offset
            offset = firstUnsettled(from: end)
        }
        return count
    }

    /// Settles a message; false when it was settled before.
    @discardableResult
    mutating func insert(_ offset: UInt64) -> Bool { insert(offset...offset) > 0 }

    /// Settles the messages of a range, whole words of bits at once, and tells how many were not settled before.
    @discardableResult
    mutating func insert(_ range: ClosedRange<UInt64>) -> UInt64 {
        var (offset, new) = (max(range.lowerBound, floor + 1), UInt64(0))
        while offset <= range.upperBound {
            let number = offset / Self.chunkSize
            let end = min(range.upperBound, number * Self.chunkSize + Self.chunkSize - 1)
            new += insert(offset, through: end, inChunk: number)
            offset = end + 1
        }
        return new
    }

    private mutating func insert(_ first: UInt64, through last: UInt64, inChunk number: UInt64) -> UInt64 {
        let index = Int(number - headChunk)
        while slots.count - head <= index { slots.append(.open(emptyChunk(slots.count - head))) }
        guard case .open(let chunk) = slots[head + index] else { return 0 }
        let new = chunk.set(Int(first % Self.chunkSize), through: Int(last % Self.chunkSize))
        guard new > 0 else { return 0 }
        above += UInt64(new)
        highest = max(highest, last)
        if !chunk.isChanged {
            chunk.isChanged = true
            changed.append(number)
        }
        if chunk.count == Int(Self.chunkSize) { slots[head + index] = .complete }
        return UInt64(new)
    }

    /// Settles many messages; those that follow one another go together.
    mutating func insert(_ leases: [Lease]) {
        var index = 0
        while index < leases.count {
            let first = leases[index].offset
            var last = first
            index += 1
            while index < leases.count, leases[index].offset == last + 1 {
                last += 1
                index += 1
            }
            insert(first...last)
        }
    }

    /// Moves the floor up over what is settled without a gap.
    mutating func raiseFloor() {
        let target = firstUnsettled(from: floor + 1) - 1
        if target > floor { moveFloor(to: target) }
    }

    /// Settles everything up to an offset.
    mutating func raiseFloor(to offset: UInt64) {
        guard offset > floor else { return }
        moveFloor(to: offset)
        raiseFloor()
    }

    /// What has to be written since the last call: chunks above the floor, and whether rows below went away.
    mutating func takeChanges() -> (chunks: [(UInt64, [UInt64]?)], removeBelow: UInt64?) {
        var chunks: [(UInt64, [UInt64]?)] = []
        for number in changed where number >= headChunk {
            let index = Int(number - headChunk)
            switch slots[head + index] {
            case .complete: chunks.append((number, nil))
            case .open(let chunk):
                chunk.isChanged = false
                // A first chunk whose bits all lie below the floor says nothing that the floor does not say.
                let start = number * Self.chunkSize
                let implied = floor >= start ? Int(floor - start) + 1 : 0
                if chunk.count > implied {
                    chunk.isStored = true
                    chunks.append((number, chunk.words))
                }
            }
        }
        changed.removeAll(keepingCapacity: true)
        defer { removeRows = false }
        return (chunks, removeRows ? headChunk : nil)
    }

    private mutating func moveFloor(to offset: UInt64) {
        floor = offset
        highest = max(highest, offset)
        let newHead = (offset + 1) / Self.chunkSize
        while headChunk < newHead, head < slots.count {
            switch slots[head] {
            case .complete: removeRows = true
            case .open(let chunk): removeRows = removeRows || chunk.isStored
            }
            head += 1
            headChunk += 1
        }
        headChunk = newHead
        if head == slots.count || head > 1_024 {
            slots.removeFirst(head)
            head = 0
        }
        if head < slots.count, case .open(let chunk) = slots[head] { markBelowFloor(chunk, headChunk) }
        recount()
    }

    private func emptyChunk(_ index: Int) -> Chunk {
        let chunk = Chunk(words: Array(repeating: 0, count: 64))
        if index == 0 { markBelowFloor(chunk, headChunk) }
        return chunk
    }

    /// Sets the bits that the floor implies, so that a chunk's count tells when it is complete.
    private func markBelowFloor(_ chunk: Chunk, _ number: UInt64) {
        guard floor >= number * Self.chunkSize else { return }
        let implied = Int(floor - number * Self.chunkSize) + 1
        for word in 0..<(implied / 64) { chunk.words[word] = .max }
        if implied % 64 != 0 { chunk.words[implied / 64] |= (1 << UInt64(implied % 64)) - 1 }
        chunk.count = chunk.words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    private mutating func recount() {
        above = 0
        for index in head..<slots.count {
            switch slots[index] {
            case .complete: above += Self.chunkSize
            case .open(let chunk): above += UInt64(chunk.count)
            }
        }
        if head < slots.count, floor >= headChunk * Self.chunkSize { above -= floor - headChunk * Self.chunkSize + 1 }
    }

    private static func firstOne(_ words: [UInt64], from bit: Int) -> Int? {
        var index = bit / 64
        var word = words[index] & ~((1 << UInt64(bit % 64)) - 1)
        while true {
            if word != 0 { return index * 64 + word.trailingZeroBitCount }
            index += 1
            guard index < 64 else { return nil }
            word = words[index]
        }
    }

    private static func firstZero(_ words: [UInt64], from bit: Int) -> Int? {
        var index = bit / 64
        var word = words[index] | ((1 << UInt64(bit % 64)) - 1)
        while true {
            if word != .max { return index * 64 + (~word).trailingZeroBitCount }
            index += 1
            guard index < 64 else { return nil }
            word = words[index]
        }
    }
}
