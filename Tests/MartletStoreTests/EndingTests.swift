// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletStore

/// What is recorded about messages that did not end in an ack.
struct EndingTests {
    let disk: TestStore

    init() throws {
        disk = try TestStore()
        var lost = Ending(.lost, first: 10, last: 19, time: 5)
        lost.by = "retention"
        var dead = Ending(.dead, first: 25, last: 25, time: 6)
        (dead.reason, dead.copyTopic, dead.copyOffset) = ("rejected", 3, 8)
        try disk.commit(
            .putEnding(position: 7, lost), .putEnding(position: 7, dead),
            .putEnding(position: 7, Ending(.expired, first: 30, last: 39, time: 7)),
            .putEnding(position: 8, Ending(.purged, first: 1, last: 99, time: 8)))
    }

    private func kinds(_ offsets: [UInt64], position: UInt64 = 7) throws -> [Ending.Kind?] {
        try offsets.map { try disk.store.ending(position: position, of: $0)?.kind }
    }

    @Test func `an ending is found by every offset of its range, and by no other`() throws {
        #expect(
            try kinds([9, 10, 19, 20, 24, 25, 26, 29, 30, 39, 40])
                == [nil, .lost, .lost, nil, nil, .dead, nil, nil, .expired, .expired, nil])
        #expect(try kinds([1, 99, 100], position: 8) == [.purged, .purged, nil])
        #expect(try kinds([1], position: 6) == [nil])
        #expect(try disk.store.ending(position: 7, of: 25)?.copyOffset == 8)
        #expect(try disk.store.ending(position: 7, of: 12)?.by == "retention")
    }

    @Test func `endings leave with the log, losses stay`() throws {
        try disk.commit(.removeEndings(position: 7, below: 30))
        try disk.sweep()
        #expect(try kinds([10, 25, 30]) == [.lost, nil, .expired])
        try disk.reopen()
        #expect(try disk.store.lastLoss(position: 7)?.last == 19)
        #expect(try disk.store.lastLoss(position: 6) == nil)
    }

    @Test func `a loss that is merged into another is gone`() throws {
        try disk.commit(
            .removeLoss(position: 7, last: 19), .putEnding(position: 7, Ending(.lost, first: 10, last: 22, time: 9)))
        #expect(try kinds([22, 23]) == [.lost, nil])
        #expect(try disk.count(\.losses) == 2)
    }

    @Test func `all of it goes with the subscription`() throws {
        try disk.commit(.removeSubscription(id: 7, position: 7))
        try disk.sweep()
        #expect(try kinds([12, 25, 33]) == [nil, nil, nil])
        #expect(try kinds([5], position: 8) == [.purged])
        #expect(try disk.count(\.endings) == 0)
    }
}
