// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What a client says to have its commands written; the parser fills the same fields in.

extension Hello {
    /// The greeting of a client that speaks version 1.
    package init(client: String?, heartbeat: UInt64?, token: String? = nil, session: String? = nil) {
        self.init(versions: [1], client: client, token: token, session: session, heartbeat: heartbeat)
    }
}

extension Subscribe {
    /// A consumer of a subscription.
    package init(to topic: String, as subscription: String, consumer: UInt64, window: Int?) {
        self.init(
            consumer: consumer, topic: topic, subscription: subscription, window: window,
            settings: SubscriptionOptions())
    }
}

extension Settle {
    /// The end of some deliveries.
    package init(_ verb: SettleVerb, _ tags: [ClosedRange<UInt64>], of consumer: UInt64) {
        self.init(verb: verb, consumer: consumer, tags: tags)
    }
}

extension Touch {
    /// A sign of life for some deliveries.
    package init(_ tags: [ClosedRange<UInt64>], of consumer: UInt64) {
        self.init(consumer: consumer, tags: tags)
    }
}

extension SetRecord {
    /// A record that is set, if it has a version.
    package init(
        _ key: [UInt8], in space: String, to value: [UInt8], expecting expected: RecordVersion, lifetime: Int?
    ) {
        self.init(space: space, key: key, expected: expected, lifetime: lifetime, value: value)
    }
}

extension ListRecords {
    /// A listing of a space.
    package init(of space: String, prefix: [UInt8], after: [UInt8], limit: Int) {
        self.init(space: space, prefix: prefix, after: after, limit: limit)
    }
}

extension WriteReceipt {
    /// A receipt; without a lifetime it has the broker's.
    package init(_ outcome: String, for key: [UInt8], of consumer: UInt64, lifetime: Int?) {
        self.init(consumer: consumer, key: key, outcome: outcome, lifetime: lifetime ?? Limits.defaultReceipt)
    }
}
