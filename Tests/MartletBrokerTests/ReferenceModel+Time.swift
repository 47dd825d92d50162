// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// Time passes, and brokers die.
extension ReferenceModel {
    /// Tags by the connections and numbers of the consumers.
    typealias Tags = [UInt64: [UInt64: Set<UInt64>]]

    /// Lets time pass; the tags whose leases have run out.
    ///
    /// - Parameter judged: until when deadlines count, if something arrived then that the broker hears of only now.
    mutating func pass(to time: UInt64, judged: UInt64? = nil) -> Tags {
        let judged = judged ?? time
        records.pass(from: now, to: time)
        now = time
        var lost: Tags = [:]
        for (topic, name) in subscriptionNames {
            let ended = topics[topic]?.subscriptions[name]?.expire(until: judged, isFull: isFull, at: now)
            guard let (expired, dead) = ended else { continue }
            bury(dead, topic, name)
            for lease in expired {
                guard let place = consumers.firstIndex(where: { $0.id == lease.consumer }) else { continue }
                consumers[place].lost.insert(lease.tag)
                lost[consumers[place].connection, default: [:]][consumers[place].number, default: []]
                    .insert(lease.tag)
            }
        }
        for consumer in consumers where consumer.keptUntil.map({ $0 <= judged }) ?? false {
            detach(consumer, isLoss: true)
        }
        for connection in farewells.keys.sorted() where farewells[connection].map({ $0.until <= judged }) ?? false {
            farewells[connection] = nil
            forgetSession(of: connection)
        }
        for (topic, name) in subscriptionNames {
            guard let end = topics[topic]?.subscriptions[name]?.endsAt, end <= judged else { continue }
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
        nextTags = [:]
        farewells = [:]
        for (topic, name) in subscriptionNames {
            topics[topic]?.subscriptions[name]?.crash()
            leaveAlone(topic, name)
        }
    }
}
