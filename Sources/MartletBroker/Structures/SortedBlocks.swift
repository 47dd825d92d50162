// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Elements in the order of their keys, of which a part behind any key is at hand.
///
/// They lie in blocks, so that one more or less moves few others however many there are.
struct SortedBlocks<Key: Comparable, Element> {
    /// Elements of a block at most.
    private static var most: Int { 512 }

    /// No block is empty.
    private var blocks: [[(key: Key, element: Element)]] = []

    /// Adds an element, in place of the one that has its key.
    mutating func insert(_ element: Element, _ key: Key) {
        guard !blocks.isEmpty else { return blocks.append([(key, element)]) }
        // The block that the key belongs to: behind the first key of it, or the first of all.
        let block = max(0, Self.count(blocks) { $0[0].key <= key } - 1)
        let place = Self.count(blocks[block]) { $0.key < key }
        if place < blocks[block].count, blocks[block][place].key == key {
            blocks[block][place].element = element
            return
        }
        blocks[block].insert((key, element), at: place)
        guard blocks[block].count > Self.most else { return }
        // Behind the last one nearly nothing moves: keys that count up fill their blocks.
        let isLast = block == blocks.count - 1 && place == Self.most
        let rest = Array(blocks[block][(isLast ? Self.most : Self.most / 2)...])
        blocks[block].removeLast(rest.count)
        blocks.insert(rest, at: block + 1)
    }

    /// Removes the element of a key, if it is there.
    mutating func remove(_ key: Key) {
        let block = Self.count(blocks) { $0[0].key <= key } - 1
        guard block >= 0 else { return }
        let place = Self.count(blocks[block]) { $0.key < key }
        guard place < blocks[block].count, blocks[block][place].key == key else { return }
        blocks[block].remove(at: place)
        if blocks[block].isEmpty { blocks.remove(at: block) }
    }

    /// The elements whose keys are behind one, or all: as many as lie together.
    func some(behind key: Key?) -> ArraySlice<(key: Key, element: Element)> {
        guard let key else { return blocks.first?[...] ?? [] }
        let block = max(0, Self.count(blocks) { $0[0].key <= key } - 1)
        guard block < blocks.count else { return [] }
        let place = Self.count(blocks[block]) { $0.key <= key }
        if place < blocks[block].count { return blocks[block][place...] }
        return block + 1 < blocks.count ? blocks[block + 1][...] : []
    }

    /// How many come first that are as said, where no other comes before one of them.
    private static func count<Member>(_ members: [Member], where isBefore: (Member) -> Bool) -> Int {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(members[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
