// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Settings change (semantics 3).
extension Broker {
    func alterTopic(_ name: String, _ options: TopicOptions, for connection: Connection) throws(Refusal) {
        let topic = try topic(name)
        guard !topic.isBrokers else { throw Refusal(.denied, "name: topics of the broker keep their settings") }
        let settings = options.settings(altering: topic.row.settings)
        guard settings.retention == topic.row.settings.retention else {
            throw Refusal(
                .conflict, "retention: the topic has \(topic.row.settings.retention.word), which cannot be changed")
        }
        guard settings.unsettled == .keep || settings.retention == .limits else {
            throw Refusal(.badOption, "unsettled: drop goes with retention=limits only")
        }
        topic.row.settings = settings
        operations.append(.putTopic(topic.row))
        armRetention(topic)
        checkLimits(topic)
        reply(.ok, to: connection)
    }

    func alterSubscription(
        _ topic: String, _ name: String, _ options: SubscriptionOptions, for connection: Connection
    ) throws(Refusal) {
        let subscription = try subscription(topic, name)
        try alter(subscription, options)
        reply(.ok, to: connection)
    }

    /// Changes the settings of a subscription that are named; they hold from the next delivery on.
    func alter(_ subscription: Subscription, _ options: SubscriptionOptions) throws(Refusal) {
        let settings = subscription.row.settings
        if let (name, value, asked) = options.fixedConflict(with: settings) {
            throw Refusal(.conflict, "\(name): the subscription has \(value), which cannot be changed to \(asked)")
        }
        guard options.conflict(with: settings) != nil else { return }
        subscription.row.settings = options.settings(over: settings)
        markChanged(subscription)
        removeWhenUnused(subscription)
        armExpectation(of: subscription)
    }
}
