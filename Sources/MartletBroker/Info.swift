// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What `INFO` says of the broker.
package struct BrokerInfo: Encodable, Sendable {
    /// What there is room for, in bytes.
    package struct Storage: Encodable, Sendable {
        /// Bytes of the file in use.
        package var usedBytes: UInt64
        /// Bytes that the file can grow to.
        package var mapBytes: UInt64
        /// Bytes free on the disk.
        package var diskFreeBytes: UInt64
        /// Whether publishes are refused.
        package var full: Bool
        /// Messages that cannot be read.
        package var damaged: UInt64
    }

    /// The broker's version.
    package var version: String
    /// Seconds since it started.
    package var uptimeSeconds: UInt64
    /// Connections that said hello.
    package var connections: Int
    /// Topics, those of the broker included.
    package var topics: Int
    /// Subscriptions of all topics.
    package var subscriptions: Int
    /// The store.
    package var storage: Storage
}

/// What `INFO` says of a topic.
package struct TopicInfo: Encodable, Sendable {
    /// Its name.
    package var name: String
    /// Its id.
    package var id: UInt64
    /// The offset of the oldest message.
    package var first: UInt64
    /// The offset that the next message gets.
    package var next: UInt64
    /// Messages that are kept.
    package var messages: UInt64
    /// Bytes of their records.
    package var bytes: UInt64
    /// `limits`, `interest` or `work`.
    package var retention: String
    /// The names of its subscriptions.
    package var subscriptions: [String]
    /// The age at which messages go, in milliseconds; 0 is no limit.
    package var maxAge: UInt64
    /// Bytes that are kept; 0 is no limit.
    package var maxBytes: UInt64
    /// Messages that are kept; 0 is no limit.
    package var maxMessages: UInt64
    /// How long ids are remembered, in milliseconds; 0 is not at all.
    package var dedupWindow: UInt64
}

/// What `INFO` says of a subscription.
package struct SubscriptionInfo: Encodable, Sendable {
    /// Its settings; durations are milliseconds.
    package struct Settings: Encodable, Sendable {
        /// The lease.
        package var lease: Int
        /// Failures before a message is dead-lettered.
        package var maxFailures: Int
        /// Delays between failures.
        package var backoff: [Int]
        /// The order of deliveries.
        package var order: String
        /// Whether it goes away after its last consumer.
        package var ephemeral: Bool
    }

    /// The topic's name.
    package var topic: String
    /// Its name.
    package var name: String
    /// All messages up to this offset are settled.
    package var floor: UInt64
    /// Messages that are not settled.
    package var backlog: UInt64
    /// Messages that consumers hold.
    package var inFlight: Int
    /// Messages that wait for their time.
    package var deferred: UInt64
    /// Messages that wait for a person.
    package var parked: UInt64
    /// Messages that were dead-lettered.
    package var dead: UInt64
    /// Messages that retention removed before they were settled.
    package var lost: UInt64
    /// Consumers that are attached.
    package var consumers: Int
    /// Whether deliveries are paused.
    package var paused: Bool
    /// Its settings.
    package var settings: Settings
}

/// What `LIST` says of a record.
package struct RecordInfo: Sendable {
    /// Its key.
    package var key: [UInt8]
    /// Its version.
    package var version: UInt64
    /// When it was changed.
    package var time: UInt64
    /// Bytes of its value.
    package var length: Int
    /// When it goes, if ever.
    package var expires: UInt64?
}

/// What `INFO` says of a consumer.
package struct ConsumerInfo: Encodable, Sendable {
    /// What the client calls itself.
    package var client: String
    /// The consumer's number.
    package var consumer: UInt64
    /// The topic's name.
    package var topic: String
    /// The subscription's name.
    package var subscription: String
    /// Deliveries that it may hold.
    package var window: Int
    /// Deliveries that it holds.
    package var inFlight: Int
    /// Deliveries that it got.
    package var deliveries: UInt64
}
