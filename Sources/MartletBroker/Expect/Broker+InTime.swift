// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages of a subscription are to be settled within some time of becoming visible (semantics 6).
extension Broker {
    /// Messages that one run of the timer looks at.
    private static let lookedAtOnce = 1_000

    /// Has the oldest message looked at that is to be settled in time, soon.
    func armExpectation(of subscription: Subscription) {
        guard subscription.row.settings.expect > 0, subscription.expectationTimer.time == nil else { return }
        timers.set(subscription.expectationTimer, at: now.steady + 1, .expectation(subscription))
    }

    /// Tells which messages were not settled in time; each once.
    func checkExpectation(of subscription: Subscription) throws(StoreError) {
        let within = UInt64(subscription.row.settings.expect)
        guard !subscription.isGone, within > 0 else { return }
        let topic = subscription.topic
        // A clock that jumps makes nothing older than it is.
        let limit = ageLimit(within, of: topic, countsDowntime: true) ?? 0
        var cursor: SegmentCursor?
        var looked = 0
        var offset = nextExpected(subscription, from: subscription.row.expected + 1)
        while offset < topic.visible {
            guard looked < Self.lookedAtOnce else {
                return timers.set(subscription.expectationTimer, at: now.steady + 1, .expectation(subscription))
            }
            looked += 1
            if case .message(let segment, let message) = try locate(offset, in: topic, &cursor),
                let fields = segment.fields(start: message.start, size: message.size)
            {
                guard message.time <= limit else {
                    let left = limit > 0 ? message.time - limit : within
                    return timers.set(subscription.expectationTimer, at: now.steady + left, .expectation(subscription))
                }
                if subscription.row.settings.filter.passes(fields) { try tellMissed(offset, fields, of: subscription) }
            }
            subscription.row.expected = offset
            markChanged(subscription)
            offset = nextExpected(subscription, from: offset + 1)
        }
    }

    private func nextExpected(_ subscription: Subscription, from offset: UInt64) -> UInt64 {
        let lane = subscription.lane
        let start = max(offset, subscription.row.start, subscription.topic.row.first)
        let next = lane.settled.firstUnsettled(from: start)
        let reopened = lane.reopened.filter { $0 >= start }.min()
        return min(next, reopened ?? .max)
    }

    private func tellMissed(
        _ offset: UInt64, _ fields: MessageFields, of subscription: Subscription
    ) throws(StoreError) {
        var event = SystemEvent(
            .missed, topic: subscription.topic.name, offset: offset, subscription: subscription.name)
        event.take(fields)
        event.verdict = try explain(offset, for: subscription).verdict
        event.expectation = "settled within \(DurationCoding.encode(subscription.row.settings.expect))"
        tell(event)
    }
}
