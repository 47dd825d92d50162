// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// The topics of a life and their subscriptions.
struct AccountSetup {
    struct Subscription {
        var name: String
        var options: SubscriptionOptions
    }

    struct Topic {
        var name: String
        var options: TopicOptions
        var subscriptions: [Subscription]

        /// Whether it lets go of what is not settled.
        var drops: Bool { options.unsettled == .drop }
    }

    var topics: [Topic] = []

    /// Draws one or two topics with one or two subscriptions each.
    init(using random: inout SeededRandom, _ features: Set<AccountFeature>) {
        for name in ["orders", "news"].prefix(Int.random(in: 1...2, using: &random)) {
            var options = TopicOptions()
            options.retention = .limits
            var most = 2
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                options.maxMessages = UInt64.random(in: 3...8, using: &random)
                options.unsettled = .drop
            case 1: options.retention = .interest
            case 2: (options.retention, most) = (.work, 1)
            default: break
            }
            let subscriptions = ["billing", "audit"].prefix(Int.random(in: 1...most, using: &random)).map { name in
                Subscription(
                    name: name,
                    options: Self.options(using: &random, features, drops: options.unsettled == .drop))
            }
            topics.append(Topic(name: name, options: options, subscriptions: subscriptions))
        }
    }

    /// The settings of a subscription.
    ///
    /// Where messages are dropped unsettled, they do not die: when both become due at once, either may come first.
    static func options(
        using random: inout SeededRandom, _ features: Set<AccountFeature>, drops: Bool
    ) -> SubscriptionOptions {
        var options = SubscriptionOptions()
        options.lease = Int.random(in: 2...5, using: &random) * 1_000
        options.backoff = backoff(using: &random)
        options.maxFailures = drops ? 1_000 : Int.random(in: 1...4, using: &random)
        options.maxDeliveries = drops ? 1_000 : Int.random(in: 2...6, using: &random)
        if features.contains(.order) {
            options.order = [Order.none, .key, .key, .all][Int.random(in: 0..<4, using: &random)]
        }
        if features.contains(.park), Int.random(in: 0..<3, using: &random) == 0 { options.onPoison = .park }
        if features.contains(.ttl), !drops, Int.random(in: 0..<3, using: &random) == 0 { options.onExpire = .dead }
        if features.contains(.filter) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: options.filter = Filter(header: "Kind", value: Array("1".utf8))
            case 1: options.filter = Filter(keyPrefix: Array("k".utf8))
            default: break
            }
        }
        return options
    }

    static func backoff(using random: inout SeededRandom) -> [Int] {
        (0..<Int.random(in: 1...2, using: &random)).map { _ in Int.random(in: 1...6, using: &random) * 500 }
    }
}

extension AccountSetup {
    /// A setup in words, one line for each topic and subscription.
    static func words(_ setup: AccountSetup) -> String {
        setup.topics.flatMap { topic -> [String] in
            let settings = topic.options.settings(over: TopicSettings())
            let limit = settings.maxMessages > 0 ? " max-messages=\(settings.maxMessages)" : ""
            return ["topic \(topic.name) \(settings.retention) \(settings.unsettled)\(limit)"]
                + topic.subscriptions.map { subscription in
                    let settings = subscription.options.settings(over: SubscriptionSettings())
                    let filter = settings.filter
                    let passes =
                        filter.isEmpty
                        ? "" : " where=\(filter.header) key-prefix=\(String(decoding: filter.keyPrefix, as: UTF8.self))"
                    return "  \(subscription.name) order=\(settings.order) on-poison=\(settings.onPoison)"
                        + " on-expire=\(settings.onExpire) lease=\(settings.lease) backoff=\(settings.backoff)"
                        + " max-failures=\(settings.maxFailures) max-deliveries=\(settings.maxDeliveries)\(passes)"
                }
        }.joined(separator: "\n")
    }
}
