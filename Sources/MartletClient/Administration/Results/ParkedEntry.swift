// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that waits for a person.
public struct ParkedEntry: ReadableResult {
    /// Its offset.
    public var offset: UInt64
    /// When it became visible, in Unix milliseconds.
    public var time: UInt64
    /// Its id, or nil.
    public var id: String?
    /// Its key, or nil.
    public var key: String?
    /// Its process, or nil.
    public var process: String?
    /// Since when it waits, in Unix milliseconds.
    public var since: UInt64
    /// The code that its handler gave, or nil.
    public var code: String?
    /// What its handler said, or nil.
    public var note: String?
    /// The consumer that parked it, `<client>/<number>`, or nil.
    public var consumer: String?
    /// Deliveries so far.
    public var deliveries: UInt64
    /// Failures so far.
    public var failures: UInt64
    /// The last attempts.
    public var attempts: [HandlingAttempt]
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        offset = try fields.number("offset")
        time = try fields.number("time")
        id = fields.optionalText("id")
        key = fields.optionalText("key")
        process = fields.optionalText("process")
        since = try fields.number("since")
        code = fields.filledText("code")
        note = fields.filledText("note")
        consumer = fields.filledText("consumer")
        deliveries = try fields.number("deliveries")
        failures = try fields.number("failures")
        attempts = fields.list("attempts").map { HandlingAttempt(ResultFields($0)) }
        rawJSON = fields.rawJSON
    }
}
