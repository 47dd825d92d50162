// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletBroker

/// Elements stay in order however they come and go.
struct SortedBlocksTests {
    private func all(_ blocks: SortedBlocks<Int, String>, behind first: Int? = nil) -> [Int] {
        var (found, last) = ([Int](), first)
        while true {
            let some = blocks.some(behind: last)
            guard let end = some.last else { return found }
            #expect(some.allSatisfy { $0.element == "\($0.key)" })
            found += some.map(\.key)
            last = end.key
        }
    }

    @Test(arguments: [0, 1, 512, 513, 1_024, 1_025, 3_000])
    func `keys that count up or down are told in order`(count: Int) {
        var (up, down) = (SortedBlocks<Int, String>(), SortedBlocks<Int, String>())
        for key in 0..<count {
            up.insert("\(key)", key)
            down.insert("\(count - 1 - key)", count - 1 - key)
        }
        #expect(all(up) == Array(0..<count))
        #expect(all(down) == Array(0..<count))
        #expect(all(up, behind: count / 2) == Array(min(count, count / 2 + 1)..<count))
        #expect(all(up, behind: count) == [])
        #expect(all(up, behind: -1) == Array(0..<count))
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `what comes and goes in any order leaves what a set leaves`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var blocks = SortedBlocks<Int, String>()
        var model = Set<Int>()
        for turn in 0..<20_000 {
            let key = Int(random.next() % 4_000)
            if random.next() % (turn < 12_000 ? 3 : 2) > 0, turn < 16_000 {
                blocks.insert("\(key)", key)
                model.insert(key)
            } else {
                blocks.remove(key)
                model.remove(key)
            }
            guard turn.isMultiple(of: 1_000) else { continue }
            #expect(all(blocks) == model.sorted())
            #expect(all(blocks, behind: key) == model.filter { $0 > key }.sorted())
        }
        for key in model { blocks.remove(key) }
        #expect(all(blocks) == [])
    }
}
