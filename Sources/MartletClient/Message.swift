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
    /// The id that its publisher gave it, or nil.
    public var id: String?
    /// The key: what it is about, such as a customer; nil when it has none.
    public var key: String?
    /// The process, which is the business case that it belongs to, or nil.
    public var process: String?
    /// The id or place of the message that caused it, or nil.
    public var cause: String?
    /// Its headers.
    public var headers: Headers
    /// Its body.
    public var body: [UInt8]
    /// The outcome that was written when the message was handled before, or nil.
    public var receipt: String?
    /// By how many milliseconds it is later than it should have come, or nil.
    public var late: UInt64?
    /// The id as it came, when it is not UTF-8 and `id` holds what of it can be shown.
    var idBytes: [UInt8]?
    /// The delivery that brought it; empty for a message that a test made.
    var holding = HoldingReference(nil)

    /// Makes a message, as tests of handlers do.
    public init(
        topic: String, subscription: String, offset: UInt64, attempt: Int = 1, time: UInt64 = 0, id: String? = nil,
        key: String? = nil, process: String? = nil, cause: String? = nil, headers: Headers = Headers(),
        body: [UInt8] = [], receipt: String? = nil, late: UInt64? = nil
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
    }

    /// Whether it was handed out before: its handler may have run, wholly or in part.
    public var isRedelivered: Bool { attempt > 1 }

    /// The key under which the broker keeps this message's receipt: its id, or `#<offset>` when it has none.
    ///
    /// An id that begins with `#` has another one before it, so that it is not taken for an offset.
    public var receiptKey: String {
        guard let id else { return "#\(offset)" }
        return id.utf8.first == UInt8(ascii: "#") ? "#\(id)" : id
    }

    /// The key of the receipt as commands carry it.
    var receiptKeyBytes: [UInt8] {
        guard let idBytes else { return Array(receiptKey.utf8) }
        return idBytes.first == UInt8(ascii: "#") ? [UInt8(ascii: "#")] + idBytes : idBytes
    }

    /// A key for calls to other systems, the same forevery delivery of this message to this subscription:
    /// `<topic>/<subscription>/<receipt key>`.
    public var idempotencyKey: String { "\(topic)/\(subscription)/\(receiptKey)" }
}
