// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Looks at everything in parts, between which other clients are served.
extension Broker {
    /// Messages whose time has come that are looked for, of each subscription.
    private static let surveyedDue = 1_000
    /// Topics that one part goes past, deleted ones included.
    private static let passedTopics: UInt64 = 10_000

    /// What there is behind a place: so many topics and subscriptions together at most.
    ///
    /// What the whole broker counts is told to those who may see all of it.
    func survey(limit: Int, after place: SurveyPlace, for access: Access) throws(StoreError) -> Survey {
        var survey = Survey(counts: access.isAll ? counts : BrokerCounts())
        var place = place
        var left = limit
        let last = min(nextTopicID, place.topic + min(Self.passedTopics, Limits.number - place.topic))
        while left > 0 {
            if place.subscription == SurveyPlace.whole {
                guard place.topic < last else { break }
                place = SurveyPlace(topic: place.topic + 1, subscription: 0)
            }
            guard let topic = topicsByID[place.topic] ?? topicsByID[TopicID.ordinary + place.topic],
                access.allows(.consume, topic.name)
            else {
                place.subscription = SurveyPlace.whole
                continue
            }
            left -= 1
            var entry = Survey.Topic(
                info: info(topic), published: topic.row.next - 1, publishedBytes: topic.row.total, subscriptions: [])
            let others = topic.subscriptions.filter { $0.id > place.subscription }.sorted { $0.id < $1.id }
            for subscription in others.prefix(max(left, 1)) {
                entry.subscriptions.append(try surveyed(subscription))
                place.subscription = subscription.id
            }
            survey.topics.append(entry)
            if others.count <= max(left, 1) { place.subscription = SurveyPlace.whole }
            left -= min(left, others.count)
        }
        let isEnd = place.topic >= nextTopicID && place.subscription == SurveyPlace.whole
        survey.next = isEnd ? nil : place
        if isEnd, access.isAll { survey.levels = levels }
        return survey
    }

    private func surveyed(_ subscription: Subscription) throws(StoreError) -> Survey.Subscription {
        Survey.Subscription(
            info: try info(subscription, counted: Self.surveyedDue), oldest: try oldest(of: subscription),
            counts: subscription.counts, credit: subscription.queue.consumers.reduce(0) { $0 + $1.free },
            backlogBytes: try backlogBytes(of: subscription), blockedKeys: subscription.lane.locks.blockedCount,
            oldestDead: try oldestDead(of: subscription))
    }

    /// Bytes of the log from the pack on that holds the oldest message which is not settled.
    private func backlogBytes(of subscription: Subscription) throws(StoreError) -> UInt64 {
        let topic = subscription.topic
        let first = max(subscription.floor + 1, topic.row.first)
        guard subscription.backlog > 0, first < topic.visible else { return 0 }
        let before = max(try store.total(topic: topic.id, before: first), topic.row.trimmed)
        return topic.row.total - min(before, topic.row.total)
    }

    /// When the oldest dead letter died that was not taken out.
    private func oldestDead(of subscription: Subscription) throws(StoreError) -> UInt64? {
        guard let dead = topics[Topic.deadLetters(of: subscription)] else { return nil }
        let offset = dead.taken?.lane.settled.firstUnsettled(from: dead.row.first) ?? dead.row.first
        var cursor: SegmentCursor?
        guard offset < dead.visible, case .message(_, let message) = try locate(offset, in: dead, &cursor, bytes: 1)
        else { return nil }
        return message.time
    }

    /// The oldest message that is not settled.
    private func oldest(of subscription: Subscription) throws(StoreError) -> Survey.Oldest? {
        let offset = subscription.floor + 1
        guard subscription.backlog > 0, offset < subscription.topic.visible else { return nil }
        var cursor: SegmentCursor?
        guard case .message(_, let message) = try locate(offset, in: subscription.topic, &cursor, bytes: 1),
            message.offset == offset
        else { return Survey.Oldest(offset: offset, time: nil) }
        return Survey.Oldest(offset: offset, time: message.time)
    }

    /// Deliveries that are not settled, in the order of their offsets.
    func leases(of subscription: Subscription, limit: Int, after offset: UInt64) -> [LeaseInfo] {
        var found: [(lease: Lease, consumer: Consumer)] = []
        var bound = UInt64.max
        for consumer in subscription.queue.consumers {
            for lease in consumer.leases.all where lease.offset > offset && lease.offset < bound {
                found.append((lease, consumer))
                guard found.count >= 4 * limit else { continue }
                found.sort { $0.lease.offset < $1.lease.offset }
                bound = found[limit - 1].lease.offset + 1
                found.removeLast(found.count - limit)
            }
        }
        found.sort { $0.lease.offset < $1.lease.offset }
        return found.prefix(limit).map { info($0.lease, of: $0.consumer) }
    }

    private func info(_ lease: Lease, of consumer: Consumer) -> LeaseInfo {
        LeaseInfo(
            offset: lease.offset, consumer: consumer.name, since: now.wall - (now.steady - lease.delivered),
            until: now.wall + (lease.deadline - min(lease.deadline, now.steady)), attempt: UInt64(lease.deliveries),
            failures: UInt64(lease.failures), progress: consumer.progress[lease.tag]?.percent,
            note: consumer.progress[lease.tag]?.note)
    }
}
