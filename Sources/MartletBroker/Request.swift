// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A command as the core takes it; publishes and plain acks have forms of their own in a batch.
package enum Request: Sendable {
    /// Attaches a consumer.
    case subscribe(SubscribeRequest)
    /// Ends deliveries.
    case settle(SettleRequest)
    /// Extends leases.
    case touch(TouchRequest)
    /// Sets a consumer's window.
    case window(consumer: UInt64, window: Int)
    /// Detaches a consumer.
    case unsubscribe(consumer: UInt64)
    /// Makes a topic.
    case createTopic(name: String, settings: TopicChoice?)
    /// Makes a subscription.
    case createSubscription(topic: String, name: String, from: StartingPoint?, settings: SubscriptionChoice)
    /// Removes a topic.
    case deleteTopic(name: String)
    /// Removes a subscription.
    case deleteSubscription(topic: String, name: String)
    /// Asks what there is.
    case info(InfoQuestion)
    /// Looks at messages.
    case peek(topic: String, offset: UInt64, limit: Int)
    /// Drops messages.
    case purge(topic: String, before: UInt64?)
    /// Asks for a sign of life.
    case ping
    /// Ends the conversation.
    case bye
    /// Opens a transaction; one that was refused at the door is open too, lest what follows be done outside of it.
    case begin(id: [UInt8]?, refusal: Refusal?)
    /// Does all that the transaction holds, or nothing.
    case commit
    /// Forgets what the transaction holds.
    case abort
    /// Asks what became of a transaction.
    case outcome(id: [UInt8])
    /// Reads a record.
    case get(space: String, key: [UInt8])
    /// Changes a record.
    case set(SetRequest)
    /// Removes a record.
    case unset(space: String, key: [UInt8], expected: ExpectedVersion)
    /// Lists records.
    case list(ListRequest)
    /// Writes the outcome of a message.
    case receipt(ReceiptRequest)
    /// A frame that was refused at the door: its reply keeps its place.
    case refused(Refusal)
    /// A frame whose end is in doubt: nothing after it is read.
    case closing(Refusal)
}

/// Where a new subscription begins.
package enum StartingPoint: Equatable, Sendable {
    /// With the oldest message that is kept.
    case earliest
    /// With the next message that is published.
    case new
    /// With that offset.
    case offset(UInt64)
    /// With the first message of that time or later, in Unix milliseconds.
    case time(UInt64)
}

/// The settings of a subscription that a client named.
package struct SubscriptionChoice: Equatable, Sendable {
    /// The lease, in milliseconds.
    package var lease: Int?
    /// Failures before a message is dead-lettered.
    package var maxFailures: Int?
    /// Delays between failures, in milliseconds.
    package var backoff: [Int]?
    /// Whether the subscription goes away some time after its last consumer.
    package var ephemeral = false

    package init() {}
}

/// The settings of a topic that a client named; 0 is no limit.
package struct TopicChoice: Equatable, Sendable {
    /// When messages go.
    package enum Retention: Sendable {
        /// When they are too old or too many.
        case limits
        /// When all durable subscriptions have settled them.
        case interest
        /// When the one subscription has settled them.
        case work
    }

    /// When messages go.
    package var retention = Retention.limits
    /// The age at which messages go, in milliseconds.
    package var maxAge: UInt64 = 0
    /// Bytes that are kept.
    package var maxBytes: UInt64 = 0
    /// Messages that are kept.
    package var maxMessages: UInt64 = 0
    /// How long ids are remembered, in milliseconds, if that was named; 0 is not at all.
    package var dedupWindow: UInt64?
    /// Whether anything but that was named: then there are no other limits than those.
    package var namesLimits = true

    package init() {}

    var settings: TopicSettings {
        var settings = TopicSettings()
        switch retention {
        case .limits: settings.retention = .limits
        case .interest: settings.retention = .interest
        case .work: settings.retention = .work
        }
        settings.maxAge = maxAge
        settings.maxBytes = maxBytes
        settings.maxMessages = maxMessages
        if let dedupWindow { settings.dedupWindow = dedupWindow }
        return settings
    }
}

/// Attaches a consumer to a subscription.
package struct SubscribeRequest: Sendable {
    /// The number that the client gives to its consumer.
    package var consumer: UInt64
    /// The topic's name.
    package var topic: String
    /// The subscription's name.
    package var subscription: String
    /// Unsettled deliveries that the consumer may hold.
    package var window: Int?
    /// Where the subscription begins when it is new.
    package var from: StartingPoint?
    /// What the client says of the subscription.
    package var settings: SubscriptionChoice
    /// How long its leases outlive its connection, in milliseconds.
    package var grace = 0

    /// Makes a request.
    package init(
        consumer: UInt64, topic: String, subscription: String, window: Int?, from: StartingPoint?,
        settings: SubscriptionChoice
    ) {
        self.consumer = consumer
        self.topic = topic
        self.subscription = subscription
        self.window = window
        self.from = from
        self.settings = settings
    }
}

/// Ends some deliveries of a consumer.
package struct SettleRequest: Sendable {
    /// How a delivery ends.
    package enum Verb: String, Sendable {
        /// Handled.
        case ack
        /// Failed, try again.
        case nack
        /// Not started, try again.
        case release
        /// Will never work.
        case reject
    }

    /// How they end.
    package var verb: Verb
    /// The consumer's number.
    package var consumer: UInt64
    /// The tags.
    package var tags: [ClosedRange<UInt64>]
    /// When to try again, in milliseconds from now.
    package var delay: Int?
    /// The error's code.
    package var code = ""
    /// The error's text.
    package var note = ""

    /// Makes a request.
    package init(verb: Verb, consumer: UInt64, tags: [ClosedRange<UInt64>], delay: Int? = nil) {
        self.verb = verb
        self.consumer = consumer
        self.tags = tags
        self.delay = delay
    }
}

/// Extends some leases of a consumer.
package struct TouchRequest: Sendable {
    /// The consumer's number.
    package var consumer: UInt64
    /// The tags.
    package var tags: [ClosedRange<UInt64>]
    /// How long the leases shall last from now, in milliseconds.
    package var extend: Int?

    /// Makes a request.
    package init(consumer: UInt64, tags: [ClosedRange<UInt64>], extend: Int?) {
        self.consumer = consumer
        self.tags = tags
        self.extend = extend
    }
}

/// The version that a record has to have.
package enum ExpectedVersion: Equatable, Sendable {
    /// Whatever it is.
    case any
    /// This one; 0 is none at all.
    case exactly(UInt64)
}

/// Changes a record.
package struct SetRequest: Sendable {
    /// The space.
    package var space: String
    /// The key.
    package var key: [UInt8]
    /// The version that it has to have.
    package var expected: ExpectedVersion
    /// How long it stays, in milliseconds, if not for ever.
    package var lifetime: Int?
    /// The value.
    package var value: [UInt8]

    /// Makes a request.
    package init(space: String, key: [UInt8], expected: ExpectedVersion, lifetime: Int?, value: [UInt8]) {
        self.space = space
        self.key = key
        self.expected = expected
        self.lifetime = lifetime
        self.value = value
    }
}

/// Lists records of a space.
package struct ListRequest: Sendable {
    /// The space.
    package var space: String
    /// What the keys begin with.
    package var prefix: [UInt8]
    /// The key behind which the list begins.
    package var after: [UInt8]
    /// Records that it has at most.
    package var limit: Int

    /// Makes a request.
    package init(space: String, prefix: [UInt8], after: [UInt8], limit: Int) {
        self.space = space
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }
}

/// Writes the outcome of a message for a subscription.
package struct ReceiptRequest: Sendable {
    /// A consumer of the subscription.
    package var consumer: UInt64
    /// The message's id, or `#<offset>`.
    package var key: [UInt8]
    /// What came of it.
    package var outcome: String
    /// How long it stays, in milliseconds.
    package var lifetime: Int

    /// Makes a request.
    package init(consumer: UInt64, key: [UInt8], outcome: String, lifetime: Int) {
        self.consumer = consumer
        self.key = key
        self.outcome = outcome
        self.lifetime = lifetime
    }
}

/// What `INFO` asks about.
package enum InfoQuestion: Sendable {
    /// The broker.
    case broker
    /// All topics.
    case topics
    /// One topic.
    case topic(String)
    /// One subscription.
    case subscription(topic: String, name: String)
    /// All consumers.
    case consumers
}

/// A command that is not done, and why.
package struct Refusal: Error, Equatable, Sendable {
    /// The word of the wire.
    package var code: String
    /// Names the field and what was expected.
    package var text: String

    /// Makes a refusal.
    package init(_ code: String, _ text: String) {
        self.code = code
        self.text = text
    }

    static func unknownTopic(_ name: String) -> Refusal { Refusal("unknown-topic", "topic: '\(name)' does not exist") }
    static func unknownSubscription(_ name: String) -> Refusal {
        Refusal("unknown-subscription", "subscription: '\(name)' does not exist on this topic")
    }
    static func unknownConsumer(_ number: UInt64) -> Refusal {
        Refusal("unknown-consumer", "consumer: \(number) is not subscribed on this connection")
    }
}
