// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A settle command on its way: one that has much to write goes on over several steps and is answered behind the last.
struct SettleProgress {
    let command: Settle
    let consumer: Consumer
    /// Tags that are settled.
    private(set) var count: UInt64 = 0
    /// Deliveries that were ended, those included that had been settled before.
    private(set) var found: UInt64 = 0
    /// Tags that had no lease.
    private(set) var lost: [ClosedRange<UInt64>] = []
    private var ranges: ArraySlice<ClosedRange<UInt64>>
    /// The outstanding tags of the range at hand.
    private var live: ArraySlice<UInt64> = []

    init(_ command: Settle, _ consumer: Consumer) {
        self.command = command
        self.consumer = consumer
        ranges = command.tags[...]
    }

    /// The next delivery that ends; nil when the command is done.
    mutating func next() -> Lease? {
        while true {
            while let tag = live.popFirst() {
                if let lease = consumer.leases.remove(tag) {
                    found += 1
                    return lease
                }
            }
            guard let range = ranges.popFirst() else { return nil }
            enter(range)
        }
    }

    /// Whether nothing is left to look at.
    var isDone: Bool { live.isEmpty && ranges.isEmpty }

    private mutating func enter(_ range: ClosedRange<UInt64>) {
        let tags = consumer.leases.tags(in: range)
        let gone = TagRanges.subtract(tags, from: Self.withoutLease(range, consumer))
        count += range.upperBound - range.lowerBound + 1 - Self.count(gone)
        lost.append(contentsOf: gone)
        live = tags[...]
    }

    /// The part of a range that has no lease and was not settled either: tags that were lost, and tags never given.
    private static func withoutLease(
        _ range: ClosedRange<UInt64>, _ consumer: Consumer
    ) -> [ClosedRange<UInt64>] {
        var gone = consumer.lost.intersection(range)
        if range.upperBound >= consumer.nextTag {
            gone.append(max(range.lowerBound, consumer.nextTag)...range.upperBound)
        }
        return gone
    }

    static func count(_ ranges: [ClosedRange<UInt64>]) -> UInt64 {
        ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) }
    }
}
