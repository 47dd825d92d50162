// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletBroker

/// What a command with many ranges costs is bounded by what is outstanding.
struct OutstandingTagsTests {
    private func leases(_ tags: some Sequence<UInt64>) -> LeaseTable {
        var leases = LeaseTable()
        for tag in tags {
            leases.insert(
                Lease(
                    tag: tag, offset: tag, deadline: 0, delivered: 0, firstDelivered: 0, deliveries: 1, failures: 0,
                    hasRow: false))
        }
        return leases
    }

    @Test func `narrow and wide ranges find the same`() {
        let leases = leases([1, 3, 4, 40, 41, 99, 1_000])
        var outstanding = OutstandingTags()
        #expect(outstanding.tags(in: 1...15, of: leases) == [1, 3, 4])
        #expect(outstanding.tags(in: 1...17, of: leases) == [1, 3, 4])
        #expect(outstanding.tags(in: 4...99, of: leases) == [4, 40, 41, 99])
        #expect(outstanding.tags(in: 100...UInt64.max, of: leases) == [1_000])
        #expect(outstanding.tags(in: 1_001...9_999, of: leases).isEmpty)
    }

    @Test func `what was settled since is not found`() {
        var leases = leases(1...100)
        var outstanding = OutstandingTags()
        #expect(outstanding.tags(in: 1...100, of: leases).count == 100)
        _ = leases.remove(50)
        #expect(outstanding.tags(in: 40...60, of: leases).count == 20)
    }

    @Test func `ranges that overlap are one`() {
        #expect(OutstandingTags.union(of: [5...9, 1...3, 2...4, 9...12, 20...20]) == [1...4, 5...12, 20...20])
    }

    @Test func `a TOUCH extends each delivery once, however often it is named`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(1, .sub(window: 100))
        for number in 1...30 { try harness.publish(1, "orders", "\(number)") }
        _ = harness.heard(1)
        try harness.send(1, .touch(Touch(consumer: 1, tags: [1...20, 10...30, 1...30], extend: 5_000)))
        #expect(harness.heard(1) == ["OK 30 until=\(harness.now.wall + 5_000)"])
    }
}
