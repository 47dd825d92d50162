// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message as it was handed to a subscription, with what is known about its arrival.
///
/// It may be a repeat, late, or out of order; `isRedelivered`, `late` and `receipt` say so.
public struct Message: Sendable {
    /// The topic that it was published to.
    public var topic: String
    /// The subscription that it was delivered to.
    public var subscription: String
    /// Its place in the topic, from 1.
    public var offset: UInt64
    /// Which delivery to this subscription it is, from 1; after a crash of the broker the count may begin anew.
    public var attempt: Int
    /// When it was published, in Unix milliseconds.
    public var time: UInt64
    /// The id that its publisher gave it, or nil; of one that is not UTF-8, what can be shown.
    public var id: String? { didSet { rawFields["id"] = nil } }
    /// The key: what it is about, such as a customer, or nil; of one that is not UTF-8, what can be shown.
    public var key: String? { didSet { rawFields["key"] = nil } }
    /// The process, which is the business case that it belongs to, or nil; of one that is not UTF-8, what can be shown.
    public var process: String? { didSet { rawFields["process"] = nil } }
    /// The id or place of the message that caused it, or nil; of one that is not UTF-8, what can be shown.
    public var cause: String? { didSet { rawFields["cause"] = nil } }
    /// Its headers.
    public var headers: Headers
    /// Its body.
    public var body: [UInt8]
    /// The outcome that was written when the message was handled before, or nil.
    public var receipt: String?
    /// By how many milliseconds it is later than it should have come, or nil.
    public var late: UInt64?
    /// What the person said who had it delivered again, or nil.
    public var note: String?
    /// How often it has failed on this subscription.
    public var failures: Int
    /// Those of `id`, `key`, `process` and `cause` that are not UTF-8, as they came.
    var rawFields: [String: [UInt8]] = [:]
    /// The delivery that brought it; empty for a message that a test made.
    var holding = HoldingReference(nil)

    /// Makes a message, as tests of handlers do.
    public init(
        topic: String, subscription: String, offset: UInt64, attempt: Int = 1, time: UInt64 = 0, id: String? = nil,
        key: String? = nil, process: String? = nil, cause: String? = nil, headers: Headers = Headers(),
        body: [UInt8] = [], receipt: String? = nil, late: UInt64? = nil, note: String? = nil, failures: Int = 0
    ) {
        self.topic = topic
        self.subscription = subscription
        self.offset = offset
        self.attempt = attempt
        self.time = time
        self.id = id
        self.key = key
        self.process = process
        self.cause = cause
        self.headers = headers
        self.body = body
        self.receipt = receipt
        self.late = late
        self.note = note
        self.failures = failures
    }

    /// Whether it was handed out before: its handler may have run, wholly or in part.
    public var isRedelivered: Bool { attempt > 1 }
}
