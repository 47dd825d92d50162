// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// The broker speaks of itself in messages, written with what they are about (semantics 8).
extension Broker {
    /// Says something at the end of the step, unless it is about what the broker says.
    func tell(_ event: SystemEvent) {
        guard !event.topic.hasPrefix("$sys."), !isTight else { return }
        counts.events[event.kind.rawValue, default: 0] += 1
        events.add(event)
    }

    /// Writes what the step has to say.
    func writeEvents() {
        guard !events.isEmpty else { return }
        for event in events.all {
            let name = event.kind.topic
            let topic = topics[name] ?? makeTopic(name, configuration.settings(forTopic: name))
            event.body(id: random.next(), time: now.wall).withUnsafeBytes { body in
                var fields = MessageFields()
                fields.body = body
                event.process.withUnsafeBytes { process in
                    fields.process = process
                    _ = append(fields, to: topic)
                }
            }
        }
        events.removeAll()
    }

    /// Tells something about one message of a subscription.
    func tell(
        _ kind: SystemEvent.Kind, _ row: Deferred, of subscription: Subscription, reason: String = "",
        code: String = "", note: String = "", by consumer: String = ""
    ) throws(StoreError) {
        guard !subscription.topic.isAboutTheBroker else { return }
        var event = SystemEvent(
            kind, topic: subscription.topic.name, offset: row.offset, subscription: subscription.name)
        try message(at: row.offset, subscription)?.withFields { event.take($0) }
        (event.reason, event.code, event.note, event.consumer) = (reason, code, note, consumer)
        event.attempt = row.deliveries
        tell(event)
    }

    func tellDead(_ letter: DeadLetter, _ fields: MessageFields, of subscription: Subscription) {
        var event = SystemEvent(
            .dead, topic: subscription.topic.name, offset: letter.offset, subscription: subscription.name)
        event.take(fields)
        (event.reason, event.code, event.note) = (letter.reason, letter.code, letter.note)
        (event.consumer, event.attempt) = (letter.consumer, letter.deliveries)
        tell(event)
    }

    /// Tells that a message has used up half of its failures.
    func tellFailing(_ lease: Lease, of consumer: Consumer, _ failure: Failure) throws(StoreError) {
        let subscription = consumer.subscription
        // Where a first failure is the last, there is no half.
        let limit = subscription.row.settings.maxFailures
        guard limit >= 2, Int(lease.failures) == max(2, (limit + 1) / 2) else { return }
        var event = SystemEvent(
            .failing, topic: subscription.topic.name, offset: lease.offset, subscription: subscription.name)
        try message(at: lease.offset, subscription)?.withFields { event.take($0) }
        (event.consumer, event.attempt) = (consumer.name, UInt64(lease.deliveries))
        (event.reason, event.code, event.note) = (failure.outcome.rawValue, failure.code, failure.note)
        tell(event)
    }

    /// Tells that leases ran out: from the second of a message, and from the third in a row of a consumer.
    func tellTimeouts(_ row: Deferred, of consumer: Consumer, _ failure: Failure) throws(StoreError) {
        guard failure.outcome == .timeout || failure.outcome == .leaseCap else {
            consumer.timeoutsInRow = 0
            return
        }
        consumer.timeoutsInRow += 1
        let subscription = consumer.subscription
        let timeouts = row.attempts.count { $0.outcome == .timeout || $0.outcome == .leaseCap }
        if timeouts >= 2 {
            var event = SystemEvent(
                .leaseExpired, topic: subscription.topic.name, offset: row.offset, subscription: subscription.name)
            try message(at: row.offset, subscription)?.withFields { event.take($0) }
            (event.consumer, event.attempt) = (consumer.name, row.deliveries)
            tell(event)
        }
        guard consumer.timeoutsInRow == 3 else { return }
        var event = SystemEvent(
            .slowConsumer, topic: subscription.topic.name, offset: row.offset, subscription: subscription.name)
        (event.consumer, event.reason) = (consumer.name, "three of its leases in a row ran out")
        tell(event)
    }

    /// Tells that messages were dropped which a subscription had not settled.
    func tellLost(_ subscription: Subscription, _ offsets: Range<UInt64>, count: UInt64) {
        note(.lost(subscription, offsets, count: count))
        var event = SystemEvent(
            .lost, topic: subscription.topic.name, offset: offsets.lowerBound, subscription: subscription.name)
        (event.count, event.last) = (count, offsets.upperBound - 1)
        tell(event)
    }

    /// Says, at most once a minute per topic, that no subscription will see a message.
    func announceUnseen(_ topic: Topic, first: UInt64) {
        guard now.steady >= topic.nextUnseenAnnouncement, !topic.isBrokers else { return }
        topic.nextUnseenAnnouncement = now.steady + 60_000
        var event = SystemEvent(.noSubscriber, topic: topic.name, offset: first)
        event.note = "no subscription will see this message; said at most once a minute"
        tell(event)
    }
}
