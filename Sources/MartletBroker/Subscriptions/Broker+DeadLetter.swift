// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages that will not be tried again are copied to the dead letters of their subscription.
extension Broker {
    /// Ends a message that will not be tried again: copies it to the dead letters and settles it, in one commit.
    ///
    /// What the broker says of itself is only settled: it need not be told twice.
    ///
    /// - Parameters:
    ///   - row: what is known about the message.
    ///   - hasRow: whether the store knows it.
    ///   - code: the code of the last error.
    ///   - consumer: by whom it ended, or empty.
    func bury(
        _ row: Deferred, hasRow: Bool, of subscription: Subscription, _ reason: String, code: String,
        by consumer: String
    ) throws(StoreError) {
        var ending = Ending(.dead, first: row.offset, last: row.offset, time: now.wall)
        (ending.reason, ending.by, ending.note) = (reason, consumer, row.note)
        if !subscription.topic.isAboutTheBroker {
            guard let (segment, message) = try subscription.lane.find(row.offset, source(of: subscription)),
                let fields = segment.fields(start: message.start, size: message.size)
            else { return try giveUp(row.offset..<row.offset + 1, of: subscription) }
            let letter = DeadLetter(
                reason: reason, topic: subscription.topic.name, offset: row.offset,
                subscription: subscription.name, key: String(decoding: fields.key, as: UTF8.self),
                id: String(decoding: fields.id, as: UTF8.self), publishedAt: message.time,
                firstDeliveredAt: row.firstDelivered, at: now.wall, deliveries: row.deliveries,
                failures: row.failures, consumer: consumer, code: code,
                note: row.note, attempts: row.attempts, redrives: Int(clamping: row.redrives))
            (ending.copyTopic, ending.copyOffset) = write(letter, copying: fields, of: subscription)
            note(.deadLetter(letter))
            tellDead(letter, fields, of: subscription)
            subscription.row.dead += 1
            subscription.counts.died(reason)
        }
        put(ending, of: subscription)
        subscription.lane.settle(row.offset)
        markChanged(subscription)
        try countRedriven(row, died: true, of: subscription)
        if hasRow { try forgetRow(of: row.offset, subscription) }
    }

    /// Ends messages that cannot be read, so that they do not hold up what lies behind them; the damage is told.
    func giveUp(_ range: Range<UInt64>, of subscription: Subscription) throws(StoreError) {
        let unsettled = range.filter { !subscription.lane.isSettled($0) }
        guard let first = unsettled.first, let last = unsettled.last else { return }
        var ending = Ending(.damaged, first: first, last: last, time: now.wall)
        ending.reason = "damaged"
        put(ending, of: subscription)
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
        let name = Topic.deadLetters(of: subscription)
        let topic = topics[name] ?? makeTopic(name, configuration.settings(forTopic: name))
        let offset = headers.withUnsafeBytes { bytes in
            var copy = fields
            copy.headers = bytes
            // Its own time to live is over with it.
            (copy.expires, copy.late) = (0, 0)
            return append(copy, to: topic)
        }
        return (topic.id, offset)
    }
}
