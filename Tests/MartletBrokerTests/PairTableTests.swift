// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletBroker

/// The table by which keys and their holders are found.
struct PairTableTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `it finds what a dictionary finds, whatever is added and removed`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        // Few numbers that collide often, or many.
        let range: UInt64 = seed.isMultiple(of: 2) ? 200 : 20_000
        // Those of which the upper bits differ are hashes, the others offsets.
        let shift: UInt64 = seed.isMultiple(of: 3) ? 40 : 0
        let table = PairTable()
        var model: [UInt64: UInt64] = [:]
        for step in 0..<40_000 {
            let key = (random.next() % range) << shift | 1 << shift
            // It grows, then shrinks.
            if random.next() % 10 < (step < 20_000 ? 7 : 2) {
                let before = table.insert(key, UInt64(step))
                #expect(before == model[key])
                if before == nil { model[key] = UInt64(step) }
            } else {
                #expect(table.remove(key) == model.removeValue(forKey: key))
            }
            #expect(table.count == model.count)
        }
        for (key, value) in model { #expect(table.value(of: key) == value) }
        #expect(table.keys { _ in true } == model.keys.sorted())
        for key in model.keys.sorted() {
            table.set(key, 7)
            #expect(table.remove(key) == 7)
        }
        #expect(table.keys { _ in true }.isEmpty)
        #expect(table.value(of: 1 << shift) == nil)
    }

    @Test func `nothing is found under 0`() {
        let table = PairTable()
        #expect(table.insert(3, 4) == nil)
        #expect(table.value(of: 0) == nil)
        #expect(table.remove(0) == nil)
        table.removeAll()
        #expect(table.value(of: 3) == nil)
    }
}
