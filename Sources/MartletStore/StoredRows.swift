// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How long the messages of a topic are kept.
package enum Retention: UInt8, Sendable {
    /// Until age, bytes or count says otherwise; the oldest goes.
    case limits = 0
    /// Until all durable subscriptions have settled them.
    case interest = 1
    /// Until the one subscription has settled them.
    case work = 2
}

/// The settings of a topic; 0 is no limit.
package struct TopicSettings: Equatable, Sendable {
    /// When messages go.
    package var retention = Retention.limits
    /// The age at which messages go, in milliseconds.
    package var maxAge: UInt64 = 0
    /// Bytes of messages that are kept.
    package var maxBytes: UInt64 = 0
    /// Messages that are kept.
    package var maxMessages: UInt64 = 0
    /// How long ids are remembered, in milliseconds; 0 is not at all.
    package var dedupWindow: UInt64 = TopicSettings.dedupWindow

    /// How long ids are remembered by a topic that says nothing else.
    package static let dedupWindow: UInt64 = 86_400_000

    package init() {}
}

/// A topic as the store holds it.
package struct StoredTopic: Equatable, Sendable {
    /// Its id, never used again.
    package var id: UInt64
    /// Its name.
    package var name: String
    /// Its settings.
    package var settings: TopicSettings
    /// The offset of the oldest message that is kept.
    package var first: UInt64 = 1
    /// The offset that the next message gets; the row holds a lower bound, the log's last pack the truth.
    package var next: UInt64 = 1
    /// Bytes of records that the topic ever took.
    package var total: UInt64 = 0
    /// What `total` was before the oldest message that is kept.
    package var trimmed: UInt64 = 0
    /// Ids of messages below this offset are forgotten.
    package var firstID: UInt64 = 1

    /// Makes a new topic.
    package init(id: UInt64, name: String, settings: TopicSettings) {
        self.id = id
        self.name = name
        self.settings = settings
    }
}

/// The settings of a subscription; durations are milliseconds.
package struct SubscriptionSettings: Equatable, Sendable {
    /// The time that a delivery has.
    package var lease: Int
    /// Failures of a message before it is dead-lettered.
    package var maxFailures: Int
    /// Delays between failures; the last one repeats.
    package var backoff: [Int]
    /// Whether it goes away some time after its last consumer.
    package var ephemeral: Bool

    /// Makes settings.
    package init(lease: Int, maxFailures: Int, backoff: [Int], ephemeral: Bool) {
        self.lease = lease
        self.maxFailures = maxFailures
        self.backoff = backoff
        self.ephemeral = ephemeral
    }
}

/// A subscription as the store holds it.
package struct StoredSubscription: Equatable, Sendable {
    /// Its id, never used again.
    package var id: UInt64
    /// The id of its topic.
    package var topic: UInt64
    /// Its name.
    package var name: String
    /// Its settings.
    package var settings: SubscriptionSettings
    /// All messages up to this offset are settled.
    package var floor: UInt64
    /// Messages above the floor that are settled.
    package var settledAbove: UInt64 = 0
    /// Messages that were returned and wait on disk, or were and are not settled yet.
    package var deferred: UInt64 = 0
    /// Messages that retention removed before they were settled.
    package var lost: UInt64 = 0
    /// Messages that were ever dead-lettered.
    package var dead: UInt64 = 0

    /// Makes a new subscription.
    package init(id: UInt64, topic: UInt64, name: String, settings: SubscriptionSettings, floor: UInt64) {
        self.id = id
        self.topic = topic
        self.name = name
        self.settings = settings
        self.floor = floor
    }
}

/// One delivery that did not end in an ack.
package struct Attempt: Equatable, Sendable {
    /// When it ended, in Unix milliseconds.
    package var time: UInt64
    /// The consumer that had it, as `client/number`.
    package var consumer: String
    /// How it ended: `nack`, `timeout`, `reject`, `disconnect` or `release`.
    package var outcome: String
    /// The error's code, or empty.
    package var code: String
    /// How long it was held, in milliseconds.
    package var duration: UInt64

    /// Makes an attempt.
    package init(time: UInt64, consumer: String, outcome: String, code: String, duration: UInt64) {
        self.time = time
        self.consumer = consumer
        self.outcome = outcome
        self.code = code
        self.duration = duration
    }
}

/// What is known about a message that was returned to a subscription.
package struct Deferred: Equatable, Sendable {
    /// The message's offset.
    package var offset: UInt64
    /// Failures so far.
    package var failures: UInt64
    /// Deliveries so far.
    package var deliveries: UInt64
    /// When it may be delivered again, in Unix milliseconds.
    package var due: UInt64
    /// When it was first delivered, in Unix milliseconds.
    package var firstDelivered: UInt64
    /// The last error's text.
    package var note: String
    /// The last 10 attempts.
    package var attempts: [Attempt]

    /// Makes the row of a message.
    package init(
        offset: UInt64, failures: UInt64, deliveries: UInt64, due: UInt64, firstDelivered: UInt64, note: String,
        attempts: [Attempt]
    ) {
        self.offset = offset
        self.failures = failures
        self.deliveries = deliveries
        self.due = due
        self.firstDelivered = firstDelivered
        self.note = note
        self.attempts = attempts
    }
}
