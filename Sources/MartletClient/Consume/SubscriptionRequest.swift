// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// Where a subscription begins that does not exist yet; one that exists goes on where it was.
public enum StartPosition: Sendable, Hashable {
    /// At the oldest message that the topic still has.
    case earliest
    /// Behind the newest message.
    case new
    /// At an offset.
    case offset(UInt64)
    /// At the first message published at or after a time, in Unix milliseconds.
    case time(UInt64)

    var text: String {
        switch self {
        case .earliest: "earliest"
        case .new: "new"
        case .offset(let offset): "offset:\(offset)"
        case .time(let time): "time:\(time)"
        }
    }
}

/// How a subscription hands out messages; what is nil is left as it is, or to the broker's defaults.
public struct ConsumerOptions: Sendable, Hashable {
    /// How long a delivery may take between signs of life, from 1 second to 12 hours.
    ///
    /// The client gives those signs by itself while a handler runs. The broker's default is 30 seconds.
    public var lease: Duration?
    /// How long the broker keeps the leases of a connection that ended, so that a running handler survives a short
    /// interruption; at most 5 minutes, and nothing means not at all.
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

/// One consumer's subscription, checked.
struct SubscriptionRequest: Sendable {
    let topic: String
    let subscription: String
    let window: Int
    let options: ConsumerOptions
    private let tail: String

    init(
        _ topic: String, _ subscription: String, from start: StartPosition?, window: Int, options: ConsumerOptions
    ) throws(ClientError) {
        try Check.readableName(topic, "topic")
        try Check.name(subscription, "subscription")
        guard (1...Limits.window).contains(window) else {
            throw ClientError(.badArgument, "concurrency, window: expected 1 to \(Limits.window)")
        }
        var tail = "\(topic) \(subscription) window=\(window)"
        if let start { tail += " from=\(start.text)" }
        if let lease = options.lease { tail += " lease=\(lease.milliseconds)ms" }
        if let failures = options.maxFailures { tail += " max-failures=\(failures)" }
        if let backoff = options.backoff {
            tail += " backoff=" + backoff.map { "\($0.milliseconds)ms" }.joined(separator: ",")
        }
        if let grace = options.grace { tail += " grace=\(grace.milliseconds)ms" }
        if options.isEphemeral { tail += " ephemeral" }
        guard tail.utf8.count < Limits.line - 64 else { throw ClientError(.badArgument, "backoff: too many waits") }
        self.topic = topic
        self.subscription = subscription
        self.window = window
        self.options = options
        self.tail = tail
    }

    /// The command, without its line end.
    func line(consumer: Int) -> String { "SUB \(consumer) \(tail)" }

    /// The lease that it names, in milliseconds.
    var lease: Int64? { options.lease?.milliseconds }
}
