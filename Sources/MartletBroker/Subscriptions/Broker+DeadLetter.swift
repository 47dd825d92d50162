// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages that will not be tried again are copied to the dead letters of their subscription.
extension Broker {
    /// Copies a message to the dead letters and settles it, in one commit.
    func bury(
        _ lease: Lease, of consumer: Consumer, _ failure: Failure, failures: UInt32
    ) throws(StoreError) {
        let subscription = consumer.subscription
        let row = try history(of: lease, consumer, failure)
        guard let (segment, message) = try subscription.lane.find(lease.offset, source(of: subscription)),
            let fields = segment.fields(start: message.start, size: message.size)
        else {
            // The body cannot be read: nothing is settled, and the damage has been counted.
            return
        }
        let letter = DeadLetter(
            reason: Self.reason(failure.outcome), topic: subscription.topic.name, offset: lease.offset,
            subscription: subscription.name, key: String(decoding: fields.key, as: UTF8.self),
            id: String(decoding: fields.id, as: UTF8.self), publishedAt: message.time,
            firstDeliveredAt: row.firstDelivered, at: now.wall, deliveries: row.deliveries,
            failures: UInt64(failures), consumer: consumer.name, code: failure.code,
            note: failure.note.isEmpty ? row.note : failure.note, attempts: row.attempts)
        let (topic, offset) = write(letter, copying: fields, of: subscription)
        var ending = Ending(.dead, first: lease.offset, last: lease.offset, time: now.wall)
        (ending.reason, ending.by, ending.note) = (letter.reason, letter.consumer, letter.note)
        (ending.copyTopic, ending.copyOffset) = (topic.id, offset)
        operations.append(.putEnding(position: subscription.row.position, ending))
        note(.deadLetter(letter))
        subscription.row.dead += 1
        subscription.lane.settle(lease.offset)
        markChanged(subscription)
        if lease.hasRow { try forgetRow(of: lease.offset, subscription) }
    }

    private func write(
        _ letter: DeadLetter, copying fields: MessageFields, of subscription: Subscription
    ) -> (topic: Topic, offset: UInt64) {
        var headers = Array(fields.headers)
        headers.append(contentsOf: letter.headers.utf8)
        let name = "$dead.\(subscription.topic.name).\(subscription.name)"
        let topic = topics[name] ?? makeTopic(name, configuration.settings(forTopic: name))
        let offset = headers.withUnsafeBytes { bytes in
            var copy = fields
            copy.headers = bytes
            return append(copy, to: topic)
        }
        return (topic, offset)
    }

    private static func reason(_ outcome: AttemptOutcome) -> String {
        switch outcome {
        case .reject: "rejected"
        case .leaseCap: "lease-cap"
        case .nack, .timeout, .disconnect, .release: "max-failures"
        }
    }
}
