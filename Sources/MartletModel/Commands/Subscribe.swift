// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `SUB`: attaches a consumer to a subscription.
package struct Subscribe: Equatable, Sendable {
    /// The number that the client gives to its consumer.
    package var consumer: UInt64
    /// The topic's name.
    package var topic: String
    /// The subscription's name.
    package var subscription: String
    /// Unsettled deliveries that the consumer may hold, if named.
    package var window: Int?
    /// How long the consumer's leases outlive its connection, in milliseconds.
    package var grace = 0
    /// Whether settings that differ from those of a subscription that exists change it.
    package var alters = false
    /// Where the subscription begins when it is new, if named.
    package var from: Start?
    /// The settings of the subscription that the client named.
    package var options = SubscriptionOptions()

    /// Makes the fields of a consumer; what is not given has its default.
    package init(
        consumer: UInt64, topic: String, subscription: String, window: Int? = nil, grace: Int = 0,
        from: Start? = nil, options: SubscriptionOptions = SubscriptionOptions()
    ) {
        self.consumer = consumer
        self.topic = topic
        self.subscription = subscription
        self.window = window
        self.grace = grace
        self.from = from
        self.options = options
    }
}
