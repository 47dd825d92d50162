// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a test waits for: how a subscription stands in the broker.
///
/// One that does not exist yet meets no condition.
public struct BrokerCondition: Sendable, CustomStringConvertible {
    let topic: String
    let subscription: String
    let isMet: @Sendable (SubscriptionCounts) -> Bool
    /// What is waited for, for people.
    public let description: String

    private init(
        _ topic: String, _ subscription: String, _ what: String,
        _ isMet: @escaping @Sendable (SubscriptionCounts) -> Bool
    ) {
        self.topic = topic
        self.subscription = subscription
        self.isMet = isMet
        description = "\(topic) as \(subscription): \(what)"
    }

    /// So many messages are not settled; 0 when all is done.
    public static func backlog(_ count: Int, _ topic: String, _ subscription: String) -> BrokerCondition {
        BrokerCondition(topic, subscription, "backlog \(count)") { $0.backlog == count }
    }

    /// So many deliveries are held by consumers.
    public static func inFlight(_ count: Int, _ topic: String, _ subscription: String) -> BrokerCondition {
        BrokerCondition(topic, subscription, "inFlight \(count)") { $0.inFlight == count }
    }

    /// So many messages wait for their time, as after a nack.
    public static func deferred(_ count: Int, _ topic: String, _ subscription: String) -> BrokerCondition {
        BrokerCondition(topic, subscription, "deferred \(count)") { $0.deferred == count }
    }

    /// So many messages have become dead letters.
    public static func dead(_ count: Int, _ topic: String, _ subscription: String) -> BrokerCondition {
        BrokerCondition(topic, subscription, "dead \(count)") { $0.dead == count }
    }

    /// So many consumers are attached.
    public static func consumers(_ count: Int, _ topic: String, _ subscription: String) -> BrokerCondition {
        BrokerCondition(topic, subscription, "consumers \(count)") { $0.consumers == count }
    }

    /// The counts are as a closure wants them.
    public static func counts(
        _ topic: String, _ subscription: String, _ isMet: @escaping @Sendable (SubscriptionCounts) -> Bool
    ) -> BrokerCondition {
        BrokerCondition(topic, subscription, "counts as the test wants them", isMet)
    }
}
