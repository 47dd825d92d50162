// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that is to be published.
public struct Draft: Sendable {
    /// The topic.
    public var topic: String
    /// The body.
    public var body: [UInt8]
    /// The id by which repeats are recognised; without one the client makes one, so that sending it again is safe.
    public var id: String?
    /// The key: what it is about, such as a customer; nil when it has none.
    public var key: String?
    /// The process, which is the business case that it belongs to, or nil.
    public var process: String?
    /// The id or place of the message that caused it, or nil.
    public var cause: String?
    /// Its headers.
    public var headers: Headers
    /// How long it rests in the broker before it becomes visible, at most a year; it may be cancelled until then.
    public var delay: Duration?
    /// When it becomes visible, in Unix milliseconds, at most a year ahead; instead of `delay`.
    public var at: UInt64?
    /// For how long it is delivered from when it becomes visible, 1 millisecond to a year; nil is without end.
    public var ttl: Duration?

    /// Makes a message to be published; ids, keys, processes and causes are 1 to 200 bytes without spaces.
    public init(
        _ topic: String, body: [UInt8], id: String? = nil, key: String? = nil, process: String? = nil,
        cause: String? = nil, headers: Headers = Headers(), delay: Duration? = nil, at: UInt64? = nil,
        ttl: Duration? = nil
    ) {
        self.topic = topic
        self.body = body
        self.id = id
        self.key = key
        self.process = process
        self.cause = cause
        self.headers = headers
        self.delay = delay
        self.at = at
        self.ttl = ttl
    }
}
