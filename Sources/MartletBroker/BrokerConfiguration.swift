// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// What the core can be told; durations are milliseconds.
package struct BrokerConfiguration: Sendable {
    /// What the broker calls itself.
    package var version = "0.1.0"
    /// Whether a publish or a subscribe to an unknown topic creates it.
    package var autoCreateTopics = true
    /// Settings of topics by name or `prefix.*`; the first that matches holds.
    package var topicPatterns: [TopicPattern] = []
    /// Unsettled deliveries of a consumer that names no window.
    package var window = 16
    /// The lease of a subscription that names none.
    package var lease = 30_000
    /// Failures before a message is dead-lettered, for a subscription that says nothing else.
    package var maxFailures = 5
    /// Delays between failures, for a subscription that says nothing else; the last one repeats.
    package var backoff = [5_000, 30_000, 120_000, 600_000]
    /// The longest time that one delivery can be held.
    package var leaseCap = 3_600_000
    /// How long an ephemeral subscription outlives its last consumer.
    package var ephemeralGrace = 300_000
    /// Subscriptions that one topic may have.
    package var maxSubscriptions = 1_000
    /// How long messages are kept by a topic that says nothing else.
    package var maxAge: UInt64 = 7 * 86_400_000
    /// How long the ids of a topic that says nothing else are remembered.
    package var dedupWindow = TopicSettings.dedupWindow
    /// Ids that one topic remembers at most.
    package var dedupIDs = 1_000_000
    /// Consumers that are kept at most after their connections are gone; beyond that there is no grace.
    package var keptConsumers = 10_000
    /// Commands that one transaction may hold.
    package var transactionCommands = 1_000
    /// Bytes that one transaction may hold.
    package var transactionBytes = 8 << 20
    /// Bytes that all open transactions together may hold.
    package var transactionsBytes = 256 << 20
    /// How long a transaction may be open.
    package var transactionTime = 10_000
    /// How long the outcome of a transaction with an id can be asked for.
    package var outcomeTime: UInt64 = 86_400_000
    /// How long dead letters are kept.
    package var deadLetterAge: UInt64 = 30 * 86_400_000
    /// Bytes of recent messages that are kept in memory for consumers that keep up.
    package var recentBytes = 16 << 20
    /// Bytes of deliveries that one connection gets before it has to take them.
    package var deliveryBytes = 4 << 20
    /// The folder of the data file.
    package var dataFolder = "data"
    /// The largest size that the data file can reach.
    package var mapSize = 1 << 40
    /// Percent of the map or disk that must stay free.
    package var reservePercent = 5
    /// The least that must stay free.
    package var reserveMinimum = 64 << 20

    package init() {}

    /// The settings of a subscription of which a client named some.
    func settings(_ choice: SubscriptionChoice) -> SubscriptionSettings {
        SubscriptionSettings(
            lease: choice.lease ?? lease, maxFailures: choice.maxFailures ?? maxFailures,
            backoff: choice.backoff ?? backoff, ephemeral: choice.ephemeral)
    }

    /// The settings of a topic that is made without any.
    func settings(forTopic name: String) -> TopicSettings {
        if name.hasPrefix("$dead.") {
            var settings = TopicSettings()
            settings.maxAge = deadLetterAge
            return settings
        }
        let pattern = topicPatterns.first { $0.matches(name) }?.settings
        if let pattern, pattern.namesLimits { return self.settings(pattern, forTopic: name) }
        var settings = TopicSettings()
        settings.maxAge = maxAge
        settings.dedupWindow = pattern?.dedupWindow ?? dedupWindow
        return settings
    }

    /// The settings of a topic of which a client named some; those of its age and size are none when it named none.
    func settings(_ choice: TopicChoice, forTopic name: String) -> TopicSettings {
        if !choice.namesLimits {
            var settings = settings(forTopic: name)
            settings.dedupWindow = choice.dedupWindow ?? settings.dedupWindow
            return settings
        }
        var settings = choice.settings
        if choice.dedupWindow == nil { settings.dedupWindow = dedupWindow }
        return settings
    }
}

/// Settings for the topics whose names match.
package struct TopicPattern: Sendable {
    /// A topic's name, or `prefix.*`.
    package var pattern: String
    /// The settings.
    package var settings: TopicChoice

    /// Makes a pattern.
    package init(pattern: String, settings: TopicChoice) {
        self.pattern = pattern
        self.settings = settings
    }

    /// Whether a topic's name matches.
    package func matches(_ name: String) -> Bool {
        pattern.hasSuffix(".*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
}
