// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How a subscription hands out messages; what is nil is left as it is, or to the broker's defaults.
public struct ConsumerOptions: Sendable, Hashable {
    /// Which messages of a subscription wait for which.
    public enum Order: String, Sendable, Hashable, CaseIterable {
        /// None waits for another.
        case none
        /// Those of one key go one after another; those without a key are free.
        case key
        /// All go one after another.
        case all
    }

    /// What becomes of a message that has failed too often.
    public enum Poison: String, Sendable, Hashable, CaseIterable {
        /// It becomes a dead letter and frees its key.
        case dead
        /// It waits for a person and goes on holding its key.
        case park
    }

    /// What becomes of a message whose TTL is over.
    public enum Expiry: String, Sendable, Hashable, CaseIterable {
        /// It is noted as expired and goes.
        case drop
        /// It becomes a dead letter.
        case dead
    }

    /// How long a delivery may take between signs of life, from 1 second to 12 hours.
    ///
    /// The client gives those signs by itself while a handler runs. The broker's default is 30 seconds.
    public var lease: Duration?
    /// How long the broker keeps the leases of a connection that ended, so that a running handler survives a short
    /// interruption; at most 5 minutes, and nil means not at all.
    public var grace: Duration?
    /// After how many failures a message becomes a dead letter, from 1 to 1,000.
    public var maxFailures: Int?
    /// After how many deliveries in a row that ended by a lost connection or a release it becomes one, from 1 to
    /// 1,000,000.
    public var maxDeliveries: Int?
    /// The waits before a failed message comes again, at most 32; the last one repeats.
    public var backoff: [Duration]?
    /// Whether the subscription goes away when its last consumer has been gone for 5 minutes.
    public var isEphemeral = false
    /// Which messages wait for which; it cannot be changed.
    public var order: Order?
    /// What becomes of a message that has failed too often.
    public var onPoison: Poison?
    /// What becomes of a message whose TTL is over.
    public var onExpire: Expiry?
    /// Within which time of becoming visible every message is to be settled; zero is no limit.
    ///
    /// A miss is told on `$sys.expect.missed`.
    public var expect: Duration?
    /// How long after its last consumer the subscription ends; zero is never.
    public var expireAfter: Duration?
    /// Which messages the subscription is about; it cannot be changed.
    public var filter: MessageFilter?
    /// Whether a consumer changes the settings of a subscription that has others, instead of being refused with
    /// `conflict`.
    public var alters = false

    /// Makes options.
    public init(
        lease: Duration? = nil, grace: Duration? = nil, maxFailures: Int? = nil, maxDeliveries: Int? = nil,
        backoff: [Duration]? = nil, isEphemeral: Bool = false, order: Order? = nil, onPoison: Poison? = nil,
        onExpire: Expiry? = nil, expect: Duration? = nil, expireAfter: Duration? = nil, filter: MessageFilter? = nil,
        alters: Bool = false
    ) {
        self.lease = lease
        self.grace = grace
        self.maxFailures = maxFailures
        self.maxDeliveries = maxDeliveries
        self.backoff = backoff
        self.isEphemeral = isEphemeral
        self.order = order
        self.onPoison = onPoison
        self.onExpire = onExpire
        self.expect = expect
        self.expireAfter = expireAfter
        self.filter = filter
        self.alters = alters
    }
}
