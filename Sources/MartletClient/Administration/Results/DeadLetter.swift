// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that was given up for a subscription: the copy, and what the broker wrote of its end.
public struct DeadLetter: AdministrationResult {
    /// The copy as it lies in the topic of the dead letters.
    public var message: KeptMessage
    /// Why it died: `max-failures`, `max-deliveries`, `rejected`, `expired` or `lease-cap`.
    public var reason: String
    /// The topic that it was published to.
    public var topic: String
    /// Its offset there.
    public var offset: UInt64
    /// The subscription for which it died.
    public var subscription: String
    /// Its key, or nil.
    public var key: String?
    /// Its id, or nil.
    public var id: String?
    /// When it was published, in Unix milliseconds.
    public var publishedAt: UInt64?
    /// When it was first delivered, in Unix milliseconds; nil when it never was.
    public var firstDeliveredAt: UInt64?
    /// When it died, in Unix milliseconds.
    public var at: UInt64?
    /// How often it was delivered.
    public var deliveries: UInt64
    /// How often it failed.
    public var failures: UInt64
    /// The last consumer, `<client>/<number>`, or nil.
    public var consumer: String?
    /// The code of the last error, or nil.
    public var code: String?
    /// The note of the last error, or nil.
    public var note: String?
    /// The last attempts.
    public var attempts: [HandlingAttempt]
    /// How often it was delivered again after it had died.
    public var redrives: UInt64

    /// The JSON of the broker.
    public var rawJSON: [UInt8] { message.rawJSON }

    init(_ message: KeptMessage) {
        self.message = message
        func text(_ name: String) -> String? { message.headers["Martlet-Dead-\(name)"] }
        func number(_ name: String) -> UInt64? { text(name).flatMap { UInt64($0) } }
        reason = text("Reason") ?? ""
        topic = text("Topic") ?? ""
        offset = number("Offset") ?? 0
        subscription = text("Subscription") ?? ""
        key = text("Key")
        id = text("Id")
        publishedAt = number("Published-At")
        firstDeliveredAt = number("First-Delivered-At").flatMap { $0 > 0 ? $0 : nil }
        at = number("At")
        deliveries = number("Deliveries") ?? 0
        failures = number("Failures") ?? 0
        consumer = text("Consumer")
        code = text("Code")
        note = text("Note")
        let list = text("Attempts").flatMap { JSONValue(Array($0.utf8))?.array } ?? []
        attempts = list.map { HandlingAttempt(ResultFields($0)) }
        redrives = number("Redrives") ?? 0
    }
}
