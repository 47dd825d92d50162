// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletStore

/// Places in the log are found by time and by bytes.
struct LogSearchTests {
    let disk: TestStore
    /// Base, count and header of every pack of topic 2; topics 1 and 3 lie around it.
    let packs: [(base: UInt64, header: Pack)]

    init() throws {
        disk = try TestStore()
        var numbers = SeededRandom(seed: 4)
        var logs = [TestLog(1), TestLog(2), TestLog(3)]
        var packs: [(base: UInt64, header: Pack)] = []
        for round in 0..<60 {
            for index in logs.indices {
                let count = Int.random(in: 1...40, using: &numbers)
                let bodies = (0..<count).map { body($0 % 17 == 3 ? 3_000 : 30 * index + 10) }
                // Times repeat, and some are left out.
                let time = 1_000 + UInt64(round / 3) * 10
                let segment = logs[index].segment(bodies, time: time, packLimit: Pack.shared)
                if index == 1 { packs += segment.packs }
                try disk.commit(.append(segment))
            }
        }
        self.packs = packs
    }

    @Test func `the first message of a time or later is found`() throws {
        for time in UInt64(990)...1_210 {
            let expected = packs.first { $0.header.time >= time }?.base
            #expect(try disk.store.offset(topic: 2, at: time) == expected)
        }
        #expect(try disk.store.offset(topic: 2, at: 0) == 1)
        #expect(try disk.store.offset(topic: 2, at: .max) == nil)
    }

    @Test func `the first pack behind so many bytes is found`() throws {
        let last = try #require(packs.last).header.total
        let ends = packs.map(\.header.total)
        let places = ends + ends.map { $0 - 1 } + ends.map { $0 + 1 }
        for total in places + [0, 1, last + 9] {
            let expected = packs.first { $0.header.total > total }?.base
            #expect(try disk.store.offset(topic: 2, total: total) == expected)
        }
    }

    @Test func `the bytes before an offset are those before its pack`() throws {
        for (index, pack) in packs.enumerated() {
            let before = index == 0 ? 0 : packs[index - 1].header.total
            #expect(try disk.store.total(topic: 2, before: pack.base) == before)
            #expect(try disk.store.total(topic: 2, before: pack.base + UInt64(pack.header.count) - 1) == before)
        }
        let last = try #require(packs.last)
        #expect(try disk.store.total(topic: 2, before: last.base + UInt64(last.header.count)) == last.header.total)
        #expect(try disk.store.total(topic: 2, before: .max) == last.header.total)
    }

    @Test func `a topic without messages has no places`() throws {
        #expect(try disk.store.offset(topic: 9, at: 0) == nil)
        #expect(try disk.store.offset(topic: 9, total: 0) == nil)
        #expect(try disk.store.total(topic: 9, before: 5) == 0)
    }

    @Test func `places are found in what a trim left`() throws {
        let kept = packs.count / 2
        try disk.commit(.trim(topic: 2, first: packs[kept].base))
        try disk.sweep()
        let left = packs[kept...]
        for time in stride(from: UInt64(990), through: 1_210, by: 5) {
            #expect(try disk.store.offset(topic: 2, at: time) == left.first { $0.header.time >= time }?.base)
        }
        for total in left.map(\.header.total) + [0] {
            #expect(try disk.store.offset(topic: 2, total: total) == left.first { $0.header.total > total }?.base)
        }
        #expect(try disk.store.total(topic: 2, before: packs[kept].base) == packs[kept - 1].header.total)
    }
}
