// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Topics and subscriptions are made and removed.
extension ReferenceModel {
    /// `CREATE topic`; what it has to be answered.
    mutating func createTopic(_ name: String, _ options: TopicOptions = TopicOptions()) -> String {
        if topics[name] != nil { return "ERR exists" }
        if isFull { return "ERR full" }
        var defaults = TopicSettings()
        defaults.maxAge = configuration.maxAge
        defaults.dedupWindow = configuration.dedupWindow
        topics[name] = ReferenceTopic(options.settings(over: defaults))
        return "OK"
    }

    /// `CREATE subscription`; what it has to be answered.
    mutating func createSubscription(
        _ topic: String, _ name: String, _ from: Start?, _ options: SubscriptionOptions
    ) -> String {
        if topics[topic]?.subscriptions[name] != nil { return "ERR exists" }
        if let refusal = make(topic, name, from, options) { return refusal }
        leaveAlone(topic, name)
        return "OK"
    }

    /// Makes a subscription, and its topic if it has to; or says why not.
    mutating func make(
        _ name: String, _ subscription: String, _ from: Start?, _ options: SubscriptionOptions
    ) -> String? {
        guard let from else { return "ERR start-required" }
        if case .time(let time) = from, time > now { return "ERR bad-argument" }
        if topics[name] == nil, isFull { return "ERR full" }
        _ = createTopic(name)
        guard let topic = topics[name] else { return "ERR unknown-topic" }
        if topic.settings.retention == .work, !topic.subscriptions.isEmpty { return "ERR conflict" }
        if isFull { return "ERR full" }
        let first =
            switch from {
            case .earliest: topic.first
            case .new: topic.next
            case .offset(let offset): max(offset, topic.first)
            case .time(let time): max(topic.offset(at: time) ?? topic.next, topic.first)
            }
        let defaults = SubscriptionSettings(
            lease: configuration.lease, maxFailures: configuration.maxFailures,
            maxDeliveries: configuration.maxDeliveries, backoff: configuration.backoff)
        topics[name]?.subscriptions[subscription] = ReferenceSubscription(
            options.settings(over: defaults), first: first, patience: configuration.patience)
        return nil
    }

    /// `DELETE subscription`; what it has to be answered.
    mutating func deleteSubscription(_ topic: String, _ name: String) -> String {
        guard topics[topic] != nil else { return "ERR unknown-topic" }
        guard topics[topic]?.subscriptions[name] != nil else { return "ERR unknown-subscription" }
        rememberEnds { $0.topic == topic && $0.subscription == name }
        topics[topic]?.subscriptions[name] = nil
        forget { $0.topic == topic && $0.subscription == name }
        return "OK"
    }

    /// `DELETE topic`; what it has to be answered.
    mutating func deleteTopic(_ name: String) -> String {
        guard topics[name] != nil else { return "ERR unknown-topic" }
        rememberEnds { $0.topic == name }
        topics[name] = nil
        forget { $0.topic == name }
        return "OK"
    }

    /// Remembers for those who are away that their consumers have ended.
    private mutating func rememberEnds(_ isMeant: (Consumer) -> Bool) {
        let order = consumers.filter(isMeant).sorted {
            ($0.topic, $0.subscription, $0.id) < ($1.topic, $1.subscription, $1.id)
        }
        for consumer in order {
            guard let until = consumer.keptUntil else { continue }
            var farewell = farewells[consumer.connection] ?? ([], 0, 0)
            let held = tags(of: consumer)
            if !held.isEmpty {
                farewell.lines.append("LOST \(consumer.number) \(held.map(String.init).joined(separator: ",")) deleted")
            }
            farewell.lines.append("GONE \(consumer.number) deleted")
            farewells[consumer.connection] = (farewell.lines, farewell.consumers + 1, max(farewell.until, until))
        }
    }
}
