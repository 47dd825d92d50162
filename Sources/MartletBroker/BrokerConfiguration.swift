// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
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
    package var window = Defaults.window
    /// The lease of a subscription that names none.
    package var lease = Defaults.lease
    /// Failures before a message is dead-lettered, for a subscription that says nothing else.
    package var maxFailures = Defaults.maxFailures
    /// Deliveries in a row that end uncounted before a message is dead-lettered, where nothing else is said.
    package var maxDeliveries = Defaults.maxDeliveries
    /// Delays between failures, for a subscription that says nothing else; the last one repeats.
    package var backoff = Defaults.backoff
    /// Uncounted returns in a row from which on a message waits before it comes again.
    package var patience = 10
    /// The longest time that one delivery can be held.
    package var leaseCap = Defaults.leaseCap
    /// How long an ephemeral subscription outlives its last consumer.
    package var ephemeralGrace = 300_000
    /// Subscriptions that one topic may have.
    package var maxSubscriptions = Limits.subscriptions
    /// How long messages are kept by a topic that says nothing else.
    package var maxAge = UInt64(Defaults.maxAge)
    /// How long the ids of a topic that says nothing else are remembered.
    package var dedupWindow = UInt64(Defaults.dedupWindow)
    /// Ids that one topic remembers at most.
    package var dedupIDs = Defaults.dedupIDs
    /// Ids that all topics together have in memory, 48 bytes each; what is asked for least is read again when needed.
    package var idsInMemory = 4_000_000
    /// Ids that one step reads from the store; what is left goes on in the next one.
    package var idsRead = 2_048
    /// Consumers that are kept at most after their connections are gone; beyond that there is no grace.
    package var keptConsumers = 10_000
    /// Commands that one transaction may hold.
    package var transactionCommands = Limits.transactionCommands
    /// Bytes that one transaction may hold.
    package var transactionBytes = Limits.transactionBytes
    /// Bytes that all open transactions together may hold.
    package var transactionsBytes = 256 << 20
    /// How long a transaction may be open.
    package var transactionTime = 10_000
    /// How long the outcome of a transaction with an id can be asked for.
    package var outcomeTime: UInt64 = 86_400_000
    /// How long dead letters are kept.
    package var deadLetterAge = UInt64(Defaults.deadLetterAge)
    /// Bytes of recent messages that are kept in memory for consumers that keep up.
    package var recentBytes = 16 << 20
    /// How long a subscription with a backlog has no consumer before that is told.
    package var idleTime = 86_400_000
    /// From how much of the map in use on that is told, in percent.
    package var storageHigh = 80
    /// Bytes that are remembered of messages which wait behind held keys, of all subscriptions together.
    package var keyMemory = 64 << 20
    /// Messages that one step looks at for a subscription without finding one to deliver.
    package var scanLimit = 10_000
    /// Bytes of deliveries that one connection gets before it has to take them.
    package var deliveryBytes = 4 << 20
    /// The same for all connections together: each gets less of it, the less is left.
    package var deliveriesBytes = 128 << 20
    /// Bytes that one step may produce besides what came in: what is left goes on in the next one.
    package var stepBytes = 16 << 20
    /// Bytes of long answers that one step writes; what is left goes on in the next one.
    package var answerBytes = 64 << 10

    package init() {}

    /// The settings of a subscription of which a client named some.
    func settings(_ options: SubscriptionOptions) -> SubscriptionSettings {
        options.settings(
            over: SubscriptionSettings(
                lease: lease, maxFailures: maxFailures, maxDeliveries: maxDeliveries, backoff: backoff))
    }

    /// The settings of a topic of which a client named some, or none: what it did not name comes from the first pattern
    /// that matches, and then from here.
    func settings(forTopic name: String, _ options: TopicOptions = TopicOptions()) -> TopicSettings {
        var defaults = TopicSettings()
        if name.hasPrefix("$dead.") {
            defaults.maxAge = deadLetterAge
            return defaults
        }
        defaults.maxAge = maxAge
        defaults.dedupWindow = dedupWindow
        let pattern = topicPatterns.first { $0.matches(name) }?.options ?? TopicOptions()
        return options.settings(over: pattern.settings(over: defaults))
    }
}
