// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// How messages of a topic are kept; what is nil is left as it is, or to the broker's defaults.
public struct TopicRules: Sendable, Hashable {
    /// How long messages are kept.
    public enum Retention: String, Sendable, Hashable, CaseIterable {
        /// Within the limits of age, bytes and count.
        case limits
        /// Until all durable subscriptions have settled them.
        case interest
        /// Until the one subscription has settled them.
        case work
    }

    /// What the limits do with messages that a durable subscription has not settled.
    public enum Unsettled: String, Sendable, Hashable, CaseIterable {
        /// They stay, and publishes are refused when there is no room.
        case keep
        /// The oldest go, which is recorded and told.
        case drop
    }

    /// How long messages are kept; it cannot be changed later.
    public var retention: Retention?
    /// What the limits do with messages that are not settled.
    public var unsettled: Unsettled?
    /// The age at which messages go; zero is no limit.
    public var maxAge: Duration?
    /// How many bytes of messages are kept; 0 is no limit.
    public var maxBytes: UInt64?
    /// How many messages are kept; 0 is no limit.
    public var maxMessages: UInt64?
    /// How long ids are remembered; zero is not at all.
    public var dedupWindow: Duration?

    /// Makes rules.
    public init(
        retention: Retention? = nil, unsettled: Unsettled? = nil, maxAge: Duration? = nil, maxBytes: UInt64? = nil,
        maxMessages: UInt64? = nil, dedupWindow: Duration? = nil
    ) {
        self.retention = retention
        self.unsettled = unsettled
        self.maxAge = maxAge
        self.maxBytes = maxBytes
        self.maxMessages = maxMessages
        self.dedupWindow = dedupWindow
    }

    /// As the protocol has it.
    var options: TopicOptions {
        var options = TopicOptions()
        options.retention = retention.flatMap { .init(word: $0.rawValue) }
        options.unsettled = unsettled.flatMap { .init(word: $0.rawValue) }
        options.maxAge = maxAge.map { Int($0.milliseconds) }
        options.maxBytes = maxBytes
        options.maxMessages = maxMessages
        options.dedupWindow = dedupWindow.map { Int($0.milliseconds) }
        return options
    }
}
