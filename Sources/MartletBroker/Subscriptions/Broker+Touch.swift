// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Deliveries get more time.
extension Broker {
    func touch(_ touch: Touch, for connection: Connection) throws(Refusal) {
        let consumer = try consumer(touch.consumer, of: connection)
        let extend = UInt64(touch.extend ?? consumer.subscription.row.settings.lease)
        var touched: UInt64 = 0
        var until = now.steady + extend
        var lost: [ClosedRange<UInt64>] = []
        var outstanding = OutstandingTags()
        for range in OutstandingTags.union(of: touch.tags) {
            let tags = outstanding.tags(in: range, of: consumer.leases)
            for tag in tags {
                guard let lease = consumer.leases[tag] else { continue }
                let deadline = min(now.steady + extend, lease.delivered + UInt64(configuration.leaseCap))
                until = min(until, deadline)
                consumer.extend(tag, to: deadline)
                if touch.progress != nil || touch.note != nil {
                    consumer.note(HandlerProgress(percent: touch.progress, note: touch.note), of: tag)
                }
                touched += 1
            }
            lost.append(contentsOf: TagRanges.subtract(tags, from: [range]))
        }
        counts.extensions += touched
        armLeases(consumer)
        reply(.touched(touched, until: now.wall + until - min(until, now.steady), lost: lost), to: connection)
    }
}
