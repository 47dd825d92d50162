// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages that will not be tried again are copied to the dead letters of their subscription.
extension Broker {
    /// Ends a message that will not be tried again: copies it to the dead letters and settles it, in one commit.
    ///
    /// What the broker says of itself is only settled: it need not be told twice.
    func end(
        _ lease: Lease, of consumer: Consumer, _ failure: Failure, reason: String
    ) throws(StoreError) {
        let subscription = consumer.subscription
        let row = try history(of: lease, consumer, failure)
        var ending = Ending(.dead, first: lease.offset, last: lease.offset, time: now.wall)
        (ending.reason, ending.by) = (reason, consumer.name)
        ending.note = failure.note.isEmpty ? row.note : failure.note
        if !subscription.topic.isAboutTheBroker {
            guard let (segment, message) = try subscription.lane.find(lease.offset, source(of: subscription)),
                let fields = segment.fields(start: message.start, size: message.size)
            else {
                try giveUp(lease.offset..<lease.offset + 1, of: subscription)
                return
            }
            let letter = DeadLetter(
                reason: reason, topic: subscription.topic.name, offset: lease.offset,
                subscription: subscription.name, key: String(decoding: fields.key, as: UTF8.self),
                id: String(decoding: fields.id, as: UTF8.self), publishedAt: message.time,
                firstDeliveredAt: row.firstDelivered, at: now.wall, deliveries: row.deliveries,
                failures: UInt64(lease.failures), consumer: consumer.name, code: failure.code,
                note: ending.note, attempts: row.attempts)
            (ending.copyTopic, ending.copyOffset) = write(letter, copying: fields, of: subscription)
            note(.deadLetter(letter))
            subscription.row.dead += 1
        }
        operations.append(.putEnding(position: subscription.row.position, ending))
        subscription.lane.settle(lease.offset)
        markChanged(subscription)
        if lease.hasRow { try forgetRow(of: lease.offset, subscription) }
    }

    /// Ends messages that cannot be read, so that they do not hold up what lies behind them; the damage is told.
    func giveUp(_ range: Range<UInt64>, of subscription: Subscription) throws(StoreError) {
        let unsettled = range.filter { !subscription.lane.settled.contains($0) }
        guard let first = unsettled.first, let last = unsettled.last else { return }
        var ending = Ending(.damaged, first: first, last: last, time: now.wall)
        ending.reason = "damaged"
        operations.append(.putEnding(position: subscription.row.position, ending))
        for offset in unsettled {
            subscription.lane.settle(offset)
            try forgetRow(of: offset, subscription)
        }
        subscription.row.lost += UInt64(unsettled.count)
        markChanged(subscription)
    }

    private func write(
        _ letter: DeadLetter, copying fields: MessageFields, of subscription: Subscription
    ) -> (topic: UInt64, offset: UInt64) {
        var headers = Array(fields.headers)
        headers.append(contentsOf: letter.headers.utf8)
        let name = "$dead.\(subscription.topic.name).\(subscription.name)"
        let topic = topics[name] ?? makeTopic(name, configuration.settings(forTopic: name))
        let offset = headers.withUnsafeBytes { bytes in
            var copy = fields
            copy.headers = bytes
            return append(copy, to: topic)
        }
        return (topic.id, offset)
    }
}
