// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

struct IDIndexTests {
    private func id(_ number: UInt64, hash: UInt64? = nil) -> MessageID {
        MessageID(hash: hash ?? number &* 0x9E37_79B9_7F4A_7C15, offset: number, sum: 0, time: number)
    }

    @Test func `an id is found until as many came behind it as the limit says`() {
        let index = IDIndex(limit: 10)
        for number in 1...10 { index.insert(id(UInt64(number))) }
        #expect(index.find(id(1).hash)?.offset == 1)
        index.insert(id(11))
        #expect(index.find(id(1).hash) == nil)
        #expect(index.find(id(2).hash)?.offset == 2)
        #expect(index.count == 10)
        #expect(index.oldest?.offset == 2)
    }

    @Test func `ids that hash to the same place are all found, whichever goes first`() {
        let index = IDIndex(limit: 100)
        // The place follows from the upper half, so these lie one behind the other.
        let ids = (1...50).map { id(UInt64($0), hash: 7 << 32 | UInt64($0)) }
        for id in ids { index.insert(id) }
        for id in ids { #expect(index.find(id.hash) == id) }
        index.removeFirst { $0.offset <= 20 }
        for id in ids { #expect((index.find(id.hash) != nil) == (id.offset > 20)) }
    }

    @Test func `it agrees with a dictionary over a long random life`() {
        var random = SeededRandom(seed: 7)
        let index = IDIndex(limit: 3_000)
        var known: [UInt64: MessageID] = [:]
        var order: [UInt64] = []
        for number in UInt64(1)...20_000 {
            // Few upper halves, so that collisions are common.
            let hash = UInt64.random(in: 0..<512, using: &random) << 32 | UInt64.random(in: 0..<64, using: &random)
            #expect(index.find(hash) == known[hash])
            guard known[hash] == nil else { continue }
            let id = id(number, hash: hash)
            if order.count == 3_000 { known[order.removeFirst()] = nil }
            index.prefetch([id.hash], ahead: Int(number % 3))
            index.insert(id)
            known[hash] = id
            order.append(hash)
            if number.isMultiple(of: 1_000), let cut = order.dropFirst(order.count / 3).first.flatMap({ known[$0] }) {
                index.removeFirst { $0.offset < cut.offset }
                while let first = order.first, first != cut.hash {
                    known[first] = nil
                    order.removeFirst()
                }
            }
        }
        #expect(index.count == known.count)
    }

    @Test func `all are found while it grows, and after`() {
        let index = IDIndex(limit: 5_000)
        for number in UInt64(1)...5_000 {
            index.insert(id(number))
            // The first is among those that moved last.
            #expect(index.find(id(1).hash)?.offset == 1 && index.find(id(number).hash)?.offset == number)
        }
        #expect((UInt64(1)...5_000).allSatisfy { index.find(id($0).hash) == id($0) })
        #expect(index.find(id(5_001).hash) == nil)
    }

    @Test func `a few ids move to the larger table with each that comes`() {
        let index = IDIndex(limit: 100_000)
        var growths = 0
        for number in UInt64(1)...70_000 {
            let before = index.leftovers
            index.insert(id(number))
            if before == 0 {
                // When it grows all are left but for the first few.
                #expect(index.leftovers == 0 || index.leftovers == Int(number) - 1 - 3)
                if index.leftovers > 0 { growths += 1 }
            } else {
                #expect(index.leftovers == max(0, before - 3))
            }
        }
        #expect(growths == 7)
    }

    @Test func `the memory of a large table is brought before it is used, a page with every 16 ids`() {
        let index = IDIndex(limit: 1 << 20)
        func insert(upTo count: Int) {
            while index.count < count {
                let before = index.brought
                index.insert(id(UInt64(index.count + 1)))
                if index.brought > before + 512 { Issue.record("\(index.brought - before) slots at once") }
            }
        }
        insert(upTo: 49_152)
        #expect(index.brought == 0)
        insert(upTo: 57_345)
        #expect(index.nextCount == 1 << 19)
        #expect(index.brought == 1 << 18 + 512)
        insert(upTo: 65_536)
        #expect(index.brought == 1 << 19)
        insert(upTo: 65_537)
        #expect(index.brought == 0)
        #expect(index.nextCount == 1 << 21)
        for number in 1...65_537 where index.find(id(UInt64(number)).hash)?.offset != UInt64(number) {
            Issue.record("\(number) is not found")
        }
    }

    @Test func `no memory is brought for a table that never comes`() {
        let index = IDIndex(limit: 65_536)
        var most = 0
        for number in 1...70_000 {
            index.insert(id(UInt64(number)))
            most = max(most, index.brought)
        }
        #expect(most == 0)
    }

    @Test func `ids that are forgotten together are unknown at once, and taken out a few at a time`() {
        let index = IDIndex(limit: 1_000)
        for number in UInt64(1)...1_000 { index.insert(id(number)) }
        index.removeFirst { $0.offset <= 900 }
        #expect(index.count == 100 && index.leftovers == 900)
        #expect(index.find(id(900).hash) == nil && index.find(id(901).hash) == id(901))
        // They may be accepted anew while the old ones are still there.
        for number in UInt64(1)...500 {
            index.insert(id(number))
            #expect(index.leftovers == max(0, 900 - 4 * Int(number)))
            #expect(index.find(id(number).hash) == id(number))
        }
        #expect((UInt64(901)...1_000).allSatisfy { index.find(id($0).hash) == id($0) })
        index.removeFirst { _ in true }
        #expect(index.count == 0 && index.leftovers == 0 && index.find(id(1).hash) == nil)
    }

    @Test func `a hash of nothing but zeros, or of ones in its first half, is one as any other`() {
        let index = IDIndex(limit: 10)
        let ids = [0, 1, 1 << 63, .max, 0x7FFF_FFFF_0000_0000].map { id(1, hash: $0) }
        #expect(ids.allSatisfy { index.find($0.hash) == nil })
        for id in ids { index.insert(id) }
        #expect(ids.allSatisfy { index.find($0.hash) == $0 })
        index.removeFirst { _ in true }
        #expect(ids.allSatisfy { index.find($0.hash) == nil } && index.count == 0)
    }

    @Test(arguments: [0, UInt32.max - 2_047]) func `a ring keeps its order over blocks and where numbers wrap around`(
        first: UInt32
    ) {
        var ring = IDRing(first: first)
        var (oldest, next) = (UInt64(0), UInt64(0))
        // It fills up to three blocks and one, and empties to a few, again and again.
        for _ in 1...4 {
            while ring.count < 3_073 {
                #expect(ring.append(id(next)) == first &+ UInt32(next))
                next += 1
            }
            #expect(ring[ring.first &+ 3_072].offset == next - 1)
            while ring.count > 7 {
                #expect(ring[ring.first].offset == oldest)
                ring.removeFirst()
                oldest += 1
            }
        }
        while ring.count > 0 { ring.removeFirst() }
        #expect(ring.append(id(next)) == first &+ UInt32(next))
        #expect(ring[ring.first].offset == next)
    }

    @Test func `hashes depend on the key of the store, on every byte and on the length`() {
        func hash(_ text: String, idKey: UInt64 = 1) -> UInt64 {
            Array(text.utf8).withUnsafeBytes { IDHash.hash($0, idKey: idKey) }
        }
        #expect(hash("order-1") == hash("order-1"))
        #expect(hash("order-1") != hash("order-1", idKey: 2))
        let texts = ["a", "b", "ab", "ba", "a\u{1}", "order-12345678", "order-12345679", "order-123456789"]
        #expect(Set(texts.map { hash($0) }).count == texts.count)
    }
}
