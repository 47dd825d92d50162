// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A line of a client, read and checked; publishes and plain acks have forms of their own on the data path.
package enum Command: Equatable, Sendable {
    /// `HELLO`
    case hello(Hello)
    /// `SUB`
    case subscribe(Subscribe)
    /// `ACK`, `NACK`, `RELEASE`, `REJECT`
    case settle(Settle)
    /// `TOUCH`
    case touch(Touch)
    /// `WINDOW`
    case window(consumer: UInt64, window: Int)
    /// `UNSUB`
    case unsubscribe(consumer: UInt64)
    /// `CREATE topic`
    case createTopic(name: String, settings: TopicOptions)
    /// `CREATE subscription`
    case createSubscription(topic: String, name: String, settings: SubscriptionOptions)
    /// `DELETE topic`
    case deleteTopic(name: String)
    /// `DELETE subscription`
    case deleteSubscription(topic: String, name: String)
    /// `INFO` in all its forms
    case info(InfoSubject)
    /// `PEEK`
    case peek(topic: String, offset: UInt64, limit: Int)
    /// `PURGE`
    case purge(topic: String, before: UInt64?)
    /// `BEGIN`; one that is malformed opens a transaction too, lest what follows it be done outside of one
    case begin(id: [UInt8]?, error: ProtocolError?)
    /// `COMMIT`
    case commit
    /// `ABORT`
    case abort
    /// `OUTCOME`
    case outcome(id: [UInt8])
    /// `GET`
    case get(space: String, key: [UInt8])
    /// `SET`
    case set(SetRecord)
    /// `UNSET`
    case unset(space: String, key: [UInt8], expected: RecordVersion)
    /// `LIST`
    case list(ListRecords)
    /// `RECEIPT`
    case receipt(WriteReceipt)
    /// `PING`
    case ping
    /// `PONG`, which has no reply
    case pong
    /// `BYE`
    case bye
}

/// The fields of `HELLO`.
package struct Hello: Equatable, Sendable {
    /// The versions that the client speaks.
    package var versions: [UInt64]
    /// What the client calls itself.
    package var client: String?
    /// The credential.
    package var token: String?
    /// The session to resume.
    package var session: String?
    /// The heartbeat asked for, in seconds; 0 is none.
    package var heartbeat: UInt64?
}

/// The fields of `SUB`.
package struct Subscribe: Equatable, Sendable {
    /// The number that the client gives to its consumer.
    package var consumer: UInt64
    /// The topic's name.
    package var topic: String
    /// The subscription's name.
    package var subscription: String
    /// Unsettled deliveries that the consumer wants to hold.
    package var window: Int?
    /// How long the consumer's leases outlive its connection, in milliseconds.
    package var grace = 0
    /// What the subscription shall be like, when it is new.
    package var settings: SubscriptionOptions
}

/// Where a new subscription begins.
package enum Start: Equatable, Sendable {
    /// With the oldest message that is kept.
    case earliest
    /// With the next message that is published.
    case new
    /// With a message of that offset or later.
    case offset(UInt64)
    /// With the first message of that time or later, in Unix milliseconds.
    case time(UInt64)
}

/// The settings of a subscription that a line may carry; what is absent has its default.
package struct SubscriptionOptions: Equatable, Sendable {
    /// Where it begins.
    package var from: Start?
    /// The lease, in milliseconds.
    package var lease: Int?
    /// Failures of a message before it is dead-lettered.
    package var maxFailures: Int?
    /// Delays between failures, in milliseconds.
    package var backoff: [Int]?
    /// Whether it goes away some time after its last consumer.
    package var ephemeral = false

    package init() {}
}

/// The settings of a topic that a line may carry; what is absent has its default.
package struct TopicOptions: Equatable, Sendable {
    /// When messages go: `limits`, `interest` or `work`.
    package var retention: String?
    /// The age at which messages go, in milliseconds.
    package var maxAge: Int?
    /// Bytes that are kept.
    package var maxBytes: UInt64?
    /// Messages that are kept.
    package var maxMessages: UInt64?
    /// How long ids are remembered, in milliseconds.
    package var dedupWindow: Int?

    package init() {}
}

/// How a delivery ends.
package enum SettleVerb: String, Sendable {
    /// Handled.
    case ack = "ACK"
    /// Failed, try again.
    case nack = "NACK"
    /// Not started, try again.
    case release = "RELEASE"
    /// Will never work.
    case reject = "REJECT"
}

/// The fields of a settle command.
package struct Settle: Equatable, Sendable {
    /// How the deliveries end.
    package var verb: SettleVerb
    /// The consumer's number.
    package var consumer: UInt64
    /// The tags of the deliveries.
    package var tags: [ClosedRange<UInt64>]
    /// When to try again, in milliseconds from now.
    package var delay: Int?
    /// The error's code.
    package var code: String?
    /// The error's text.
    package var note: String?
}

/// The fields of `TOUCH`.
package struct Touch: Equatable, Sendable {
    /// The consumer's number.
    package var consumer: UInt64
    /// The tags of the deliveries.
    package var tags: [ClosedRange<UInt64>]
    /// How long the lease shall last from now, in milliseconds.
    package var extend: Int?
    /// Percent done.
    package var progress: Int?
    /// What is being done.
    package var note: String?
}

/// The version that a record has to have to be changed.
package enum RecordVersion: Equatable, Sendable {
    /// `any`
    case any
    /// A number; 0 is a record that is not there.
    case exactly(UInt64)
}

/// The fields of `SET`.
package struct SetRecord: Equatable, Sendable {
    /// The space.
    package var space: String
    /// The key.
    package var key: [UInt8]
    /// The version that the record has to have.
    package var expected = RecordVersion.any
    /// How long the record stays, in milliseconds, if not for ever.
    package var lifetime: Int?
    /// The value.
    package var value: [UInt8]
}

/// The fields of `LIST`.
package struct ListRecords: Equatable, Sendable {
    /// The space.
    package var space: String
    /// What the keys begin with.
    package var prefix: [UInt8] = []
    /// The key behind which the list begins.
    package var after: [UInt8] = []
    /// Records that it has at most.
    package var limit = Limits.defaultList
}

/// The fields of `RECEIPT`.
package struct WriteReceipt: Equatable, Sendable {
    /// A consumer of the subscription.
    package var consumer: UInt64
    /// The message's id, or `#<offset>`.
    package var key: [UInt8]
    /// What came of the message.
    package var outcome: String
    /// How long the receipt stays, in milliseconds.
    package var lifetime = Limits.defaultReceipt
}

/// What `INFO` asks about.
package enum InfoSubject: Equatable, Sendable {
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
