// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

struct SettledSetTests {
    private func stored(_ set: inout SettledSet, _ rows: inout [UInt64: [UInt64]?]) -> StoredState.Subscription {
        let changes = set.takeChanges()
        for (chunk, words) in changes.chunks { rows[chunk] = .some(words) }
        if let below = changes.removeBelow { rows = rows.filter { $0.key >= below } }
        var row = StoredSubscription(
            id: 1, topic: 1, name: "s",
            settings: SubscriptionSettings(lease: 1, maxFailures: 1, backoff: [], ephemeral: false), floor: set.floor)
        row.settledAbove = set.above
        let chunks = rows.sorted { $0.key < $1.key }.map { (chunk: $0.key, words: $0.value) }
        return StoredState.Subscription(row: row, chunks: chunks)
    }

    @Test(arguments: [UInt64(0), 1, 4_094, 4_095, 4_096, 10_000])
    func `the floor follows what is settled without a gap`(floor: UInt64) {
        var set = SettledSet(floor: floor)
        set.insert(floor + 2)
        set.raiseFloor()
        #expect(set.floor == floor)
        #expect(set.above == 1)
        set.insert(floor + 1)
        set.raiseFloor()
        #expect(set.floor == floor + 2)
        #expect(set.above == 0)
    }

    @Test func `settling twice is noticed`() {
        var set = SettledSet(floor: 0)
        let results = [set.insert(5), set.insert(5), set.insert(0)]
        #expect(results == [true, false, false])
    }

    @Test(arguments: UInt64(1)...20) func `ranges settle what each of their messages would`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let start = UInt64.random(in: 0...9_000, using: &random)
        var (ranges, single) = (SettledSet(floor: start), SettledSet(floor: start))
        for _ in 0..<100 {
            let first = UInt64.random(in: 0...30_000, using: &random)
            // Within a word, over words, over chunks.
            let most = [0, 1, 62, 63, 64, 65, 500, 4_095, 4_096, 9_000].randomElement(using: &random) ?? 0
            let range = first...first + UInt64(most)
            let new = range.count { single.insert($0) }
            let told = ranges.insert(range)
            #expect(told == UInt64(new))
            if random.next() % 8 == 0 {
                ranges.raiseFloor()
                single.raiseFloor()
            }
            #expect(ranges.floor == single.floor && ranges.above == single.above)
        }
        #expect((0...45_000).allSatisfy { ranges.contains($0) == single.contains($0) })
        let (changes, expected) = (ranges.takeChanges(), single.takeChanges())
        #expect(changes.removeBelow == expected.removeBelow)
        #expect(changes.chunks.map(\.0).sorted() == expected.chunks.map(\.0).sorted())
        for (number, words) in changes.chunks { #expect(words == expected.chunks.first { $0.0 == number }?.1) }
    }

    @Test func `a complete chunk shrinks to nothing and goes when the floor passes it`() {
        var set = SettledSet(floor: 0)
        for offset in UInt64(2)..<8_192 { set.insert(offset) }
        let changes = set.takeChanges()
        #expect(changes.chunks.map(\.0).sorted() == [0, 1])
        #expect(changes.chunks.first { $0.0 == 1 }?.1 == nil)
        #expect(set.firstUnsettled(from: 1) == 1)
        #expect(set.firstUnsettled(from: 2) == 8_192)
        set.insert(1)
        set.raiseFloor()
        #expect(set.floor == 8_191)
        let removeBelow = set.takeChanges().removeBelow
        #expect(removeBelow == 2)
    }

    @Test(arguments: UInt64(1)...40) func `it agrees with a plain set, also after being stored`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let start = UInt64.random(in: 0...9_000, using: &random)
        var set = SettledSet(floor: start)
        var plain = Set<UInt64>()
        var rows: [UInt64: [UInt64]?] = [:]
        let reach = UInt64.random(in: 10...20_000, using: &random)
        for _ in 0..<60 {
            let first = start + 1 + UInt64.random(in: 0..<reach, using: &random)
            for offset in first...(first + UInt64.random(in: 0...600, using: &random)) {
                let isNew = set.insert(offset)
                #expect(isNew == plain.insert(offset).inserted)
            }
            if Bool.random(using: &random) { set.raiseFloor() }
            if Int.random(in: 0..<10, using: &random) == 0 {
                let target = start + UInt64.random(in: 0..<reach, using: &random)
                set.raiseFloor(to: target)
                if target > start { plain.formUnion((start + 1)...target) }
            }
            if Bool.random(using: &random) { set = SettledSet(stored(&set, &rows)) }
            let floor = set.floor
            #expect(floor == start || plain.contains(floor))
            #expect(set.above == UInt64(plain.filter { $0 > floor }.count), "seed \(seed)")
            let probe = start + 1 + UInt64.random(in: 0..<reach, using: &random)
            #expect(set.contains(probe) == (plain.contains(probe) || probe <= floor), "seed \(seed)")
            var expected = probe
            while plain.contains(expected) || expected <= floor { expected += 1 }
            #expect(set.firstUnsettled(from: probe) == expected, "seed \(seed)")
        }
    }
}
