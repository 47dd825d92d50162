// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletBroker

struct LeaseTableTests {
    private func lease(_ tag: UInt64) -> Lease {
        Lease(
            tag: tag, offset: tag * 10, deadline: 0, delivered: 0, firstDelivered: 0, deliveries: 1, failures: 0,
            hasRow: false)
    }

    @Test(arguments: UInt64(1)...20) func `it agrees with a dictionary`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = LeaseTable()
        var plain: [UInt64: UInt64] = [:]
        var next: UInt64 = 1
        for _ in 0..<3_000 {
            if plain.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
                table.insert(lease(next))
                plain[next] = next * 10
                next += 1
            } else {
                let tag = UInt64.random(in: 1...(next + 3), using: &random)
                let removed = table.remove(tag)?.offset
                #expect(removed == plain.removeValue(forKey: tag), "seed \(seed)")
            }
            #expect(table.count == plain.count)
        }
        #expect(table.tags == plain.keys.sorted())
        for (tag, offset) in plain { #expect(table[tag]?.offset == offset) }
    }

    @Test func `one that stays does not make it grow`() {
        var table = LeaseTable()
        table.insert(lease(1))
        for tag in UInt64(2)...200_000 {
            table.insert(lease(tag))
            _ = table.remove(tag)
        }
        #expect(table.count == 1)
        #expect(table[1]?.offset == 10)
        var outstanding = OutstandingTags()
        #expect(outstanding.tags(in: 1...UInt64.max, of: table) == [1])
    }

    @Test func `what is taken from a queue is kept by nothing`() {
        final class Token {}
        var queue = Fifo<Token>()
        weak var first: Token?
        do {
            let token = Token()
            first = token
            queue.append(token)
        }
        for _ in 0..<10 { queue.append(Token()) }
        _ = queue.popFirst()
        #expect(first == nil)
        #expect(queue.count == 10)
    }

    @Test func `tags that were settled are not among the lost`() {
        #expect(TagRanges.subtract([2, 5, 6], from: [1...3, 5...9]) == [1...1, 3...3, 7...9])
    }

    @Test func `lost tags are merged into ranges and stay bounded`() {
        var lost = TagRanges()
        for tag in [UInt64(5), 3, 4, 9, 7] { lost.insert(tag) }
        #expect(lost.ranges == [3...5, 7...7, 9...9])
        #expect(lost.intersection(4...8) == [4...5, 7...7])
        for tag in UInt64(0)..<20_000 { lost.insert(100 + 2 * tag) }
        #expect(lost.ranges.count <= TagRanges.limit)
        #expect(lost.contains(100 + 2 * 19_999))
        #expect(!lost.contains(100 + 2 * 19_999 - 1))
    }
}
