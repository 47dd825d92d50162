// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// Time passes, and brokers die.
extension ReferenceModel {
    /// Lets time pass; the tags whose leases have run out, by the connections and numbers of the consumers.
    mutating func pass(to time: UInt64) -> [UInt64: [UInt64: Set<UInt64>]] {
        records.pass(from: now, to: time)
        now = time
        var lost: [UInt64: [UInt64: Set<UInt64>]] = [:]
        for (topic, name) in subscriptionNames {
            guard let (expired, dead) = topics[topic]?.subscriptions[name]?.expire(isFull: isFull, at: now) else {
                continue
            }
            bury(dead, topic, name)
            for lease in expired {
                guard let place = consumers.firstIndex(where: { $0.id == lease.consumer }) else { continue }
                consumers[place].lost.insert(lease.tag)
                lost[consumers[place].connection, default: [:]][consumers[place].number, default: []]
                    .insert(lease.tag)
            }
        }
        for consumer in consumers where consumer.keptUntil.map({ $0 <= time }) ?? false {
            detach(consumer, isLoss: true)
        }
        for (topic, name) in subscriptionNames {
            guard let end = topics[topic]?.subscriptions[name]?.endsAt, end <= time else { continue }
            _ = deleteSubscription(topic, name)
        }
        return lost
    }

    /// All subscriptions, in order.
    var subscriptionNames: [(topic: String, name: String)] {
        topics.keys.sorted().flatMap { topic in
            (topics[topic]?.subscriptions.keys.sorted() ?? []).map { (topic, $0) }
        }
    }

    /// The broker dies and starts again on what was durable, which is all that was confirmed.
    mutating func crash() {
        consumers = []
        untaken = [:]
        sessions = [:]
        for (topic, name) in subscriptionNames {
            topics[topic]?.subscriptions[name]?.crash()
            leaveAlone(topic, name)
        }
    }
}
