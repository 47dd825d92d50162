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
    /// The first tag that had not been given when the command began: what is given while it waits is not meant.
    private let notGiven: UInt64
    private var outstanding = OutstandingTags()
    /// The outstanding tags of the range at hand.
    private var live: ArraySlice<UInt64> = []

    init(_ command: Settle, _ consumer: Consumer) {
        self.command = command
        self.consumer = consumer
        ranges = command.tags[...]
        notGiven = consumer.nextTag
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

    /// Whether the command ends any delivery; a repeat ends none.
    var endsAny: Bool {
        var outstanding = OutstandingTags()
        return command.tags.contains { !outstanding.tags(in: $0, of: consumer.leases).isEmpty }
    }

    /// Whether nothing is left to look at.
    var isDone: Bool { live.isEmpty && ranges.isEmpty }

    private mutating func enter(_ range: ClosedRange<UInt64>) {
        let tags = outstanding.tags(in: range, of: consumer.leases).filter { $0 < notGiven }
        let gone = TagRanges.subtract(tags, from: withoutLease(range))
        count += range.upperBound - range.lowerBound + 1 - Self.count(gone)
        lost.append(contentsOf: gone)
        live = tags[...]
    }

    /// The part of a range that has no lease and was not settled either: tags of earlier consumers of the number, tags
    /// that were lost, and tags never given.
    private func withoutLease(_ range: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
        var gone: [ClosedRange<UInt64>] = []
        if range.lowerBound < consumer.firstTag {
            gone.append(range.lowerBound...min(range.upperBound, consumer.firstTag - 1))
        }
        let (first, last) = (max(range.lowerBound, consumer.firstTag), min(range.upperBound, notGiven - 1))
        if first <= last { gone += consumer.lost.intersection(first...last) }
        if range.upperBound >= notGiven { gone.append(max(range.lowerBound, notGiven)...range.upperBound) }
        return gone
    }

    static func count(_ ranges: [ClosedRange<UInt64>]) -> UInt64 {
        ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) }
    }
}
