// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What names a message in an inbox: subscriptions handle the same message each for themselves.
public struct InboxKey: Sendable, Hashable {
    /// The topic.
    public var topic: String
    /// The subscription.
    public var subscription: String
    /// The message's id, or `#<offset>` when it has none.
    public var message: String

    /// Makes a key.
    public init(topic: String, subscription: String, message: String) {
        self.topic = topic
        self.subscription = subscription
        self.message = message
    }

    /// The key of a message.
    public init(_ message: Message) {
        self.init(topic: message.topic, subscription: message.subscription, message: message.receiptKey)
    }
}
