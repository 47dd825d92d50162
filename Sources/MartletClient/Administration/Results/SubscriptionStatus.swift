// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How a subscription stands.
public struct SubscriptionStatus: ReadableResult {
    /// A redrive of dead letters that goes on.
    public struct RunningRedrive: Sendable, Hashable {
        /// How many dead letters are meant.
        public var meant: UInt64
        /// How many of them have gone.
        public var done: UInt64
        /// How many go a second.
        public var rate: Int
        /// When it began, in Unix milliseconds.
        public var since: UInt64
    }

    /// The topic.
    public var topic: String
    /// Its name.
    public var name: String
    /// All messages up to this offset are settled.
    public var floor: UInt64
    /// Messages that are not settled, in whatever state.
    public var backlog: UInt64
    /// When the oldest of them became visible, in Unix milliseconds; nil when there is none.
    public var oldestTime: UInt64?
    /// Deliveries that consumers hold.
    public var inFlight: Int
    /// Messages that wait for their time to be delivered again.
    public var deferred: UInt64
    /// Messages that wait for a person.
    public var parked: UInt64
    /// Messages that the filter did not pass.
    public var filtered: UInt64
    /// Messages that have become dead letters.
    public var dead: UInt64
    /// Consumers that are attached.
    public var consumers: Int
    /// Whether it is paused.
    public var isPaused: Bool
    /// The redrive that goes on, or nil.
    public var redrive: RunningRedrive?
    /// How it hands out messages; what this version does not know is nil.
    public var settings: ConsumerOptions
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        topic = try fields.text("topic")
        name = try fields.text("name")
        floor = try fields.number("floor")
        backlog = try fields.number("backlog")
        oldestTime = fields.optionalNumber("oldestTime")
        inFlight = try fields.count("inFlight")
        deferred = try fields.number("deferred")
        parked = fields.optionalNumber("parked") ?? 0
        filtered = fields.optionalNumber("filtered") ?? 0
        dead = try fields.number("dead")
        consumers = try fields.count("consumers")
        isPaused = fields.flag("paused") ?? false
        if let job = fields.object("redrive") {
            redrive = RunningRedrive(
                meant: try job.number("meant"), done: try job.number("done"), rate: try job.count("rate"),
                since: try job.number("since"))
        }
        settings = fields.object("settings").map(ConsumerOptions.init) ?? ConsumerOptions()
        rawJSON = fields.rawJSON
    }
}

extension ConsumerOptions {
    /// Reads the settings of a subscription.
    init(_ fields: ResultFields) {
        self.init(
            lease: fields.duration("lease"), maxFailures: fields.optionalCount("maxFailures"),
            backoff: fields.list("backoff").compactMap { $0.integer.map { .milliseconds($0) } },
            isEphemeral: fields.flag("ephemeral") ?? false)
        maxDeliveries = fields.optionalCount("maxDeliveries")
        order = fields.optionalText("order").flatMap(ConsumerOptions.Order.init)
        onPoison = fields.optionalText("onPoison").flatMap(ConsumerOptions.Poison.init)
        onExpire = fields.optionalText("onExpire").flatMap(ConsumerOptions.Expiry.init)
        expect = fields.duration("expect")
        expireAfter = fields.duration("expireAfter")
        let header = fields.optionalText("where")?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let filter = MessageFilter(
            where: header.flatMap { $0.count == 2 ? (String($0[0]), String($0[1])) : nil },
            keyPrefix: fields.optionalText("keyPrefix"))
        self.filter = filter.isEmpty ? nil : filter
    }
}
