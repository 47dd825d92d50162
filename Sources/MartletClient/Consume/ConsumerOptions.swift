// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How a subscription hands out messages; what is nil is left as it is, or to the broker's defaults.
public struct ConsumerOptions: Sendable, Hashable {
    /// How long a delivery may take between signs of life, from 1 second to 12 hours.
    ///
    /// The client gives those signs by itself while a handler runs. The broker's default is 30 seconds.
    public var lease: Duration?
    /// How long the broker keeps the leases of a connection that ended, so that a running handler survives a short
    /// interruption; at most 5 minutes, and nil means not at all.
    public var grace: Duration?
    /// After how many failures a message becomes a dead letter, from 1 to 1,000.
    public var maxFailures: Int?
    /// The waits before a failed message comes again, at most 32; the last one repeats.
    public var backoff: [Duration]?
    /// Whether the subscription goes away when its last consumer has been gone for 5 minutes.
    public var isEphemeral = false

    /// Makes options.
    public init(
        lease: Duration? = nil, grace: Duration? = nil, maxFailures: Int? = nil, backoff: [Duration]? = nil,
        isEphemeral: Bool = false
    ) {
        self.lease = lease
        self.grace = grace
        self.maxFailures = maxFailures
        self.backoff = backoff
        self.isEphemeral = isEphemeral
    }
}
