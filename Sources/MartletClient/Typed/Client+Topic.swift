// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Publishing and consuming values of a topic.
extension Client {
    /// Publishes a value and waits until the broker has it on disk; the rest is as in `publish`.
    ///
    /// - Throws: as `publish` does; what the coding throws when the value has no form.
    @discardableResult
    public func publish<Value>(
        _ value: Value, to topic: Topic<Value>, id: String? = nil, key: String? = nil, process: String? = nil,
        cause: String? = nil, headers: Headers = Headers(), delay: Duration? = nil, at: UInt64? = nil,
        ttl: Duration? = nil
    ) async throws -> Publication {
        try await publish(
            topic.draft(
                value, id: id, key: key, process: process, cause: cause, headers: headers, delay: delay, at: at,
                ttl: ttl))
    }

    /// Runs a handler for the value of each message; one that does not decode is rejected with the reason.
    ///
    /// The rest is as in `consume`.
    public func consume<Value>(
        _ topic: Topic<Value>, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), receipts: Bool = false,
        _ handler: @escaping @Sendable (Value, Message) async throws -> Void
    ) async throws {
        try await consume(
            topic.name, as: subscription, from: start, concurrency: concurrency, options: options, receipts: receipts
        ) { message in
            try await handler(topic.value(of: message), message)
        }
    }

    /// Runs a handler for the value of each message, whose effects are in a database that has an inbox.
    ///
    /// The rest is as in `consume`.
    public func consume<Value, Box: Inbox>(
        _ topic: Topic<Value>, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), inbox: Box,
        _ handler: @escaping @Sendable (Value, Message, Box.Database) throws -> Void
    ) async throws {
        try await consume(
            topic.name, as: subscription, from: start, concurrency: concurrency, options: options, inbox: inbox
        ) { message, database in
            try handler(topic.value(of: message), message, database)
        }
    }

    /// Runs a handler for the value of each message, and commits what it did to its `Step`.
    ///
    /// The rest is as in `step`.
    public func step<Value>(
        _ topic: Topic<Value>, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), keep: Duration? = nil, maxConflicts: Int = 10,
        _ handler: @escaping @Sendable (Value, Message, Step) async throws -> Void
    ) async throws {
        try await step(
            topic.name, as: subscription, from: start, concurrency: concurrency, options: options, keep: keep,
            maxConflicts: maxConflicts
        ) { message, step in
            try await handler(topic.value(of: message), message, step)
        }
    }
}

extension Step {
    /// Publishes a value when the step is committed.
    ///
    /// - Throws: what the coding throws when the value has no form.
    public func publish<Value>(
        _ value: Value, to topic: Topic<Value>, key: String? = nil, process: String? = nil, cause: String? = nil,
        headers: Headers = Headers(), delay: Duration? = nil, at: UInt64? = nil, ttl: Duration? = nil
    ) throws {
        publish(
            try topic.draft(
                value, key: key, process: process, cause: cause, headers: headers, delay: delay, at: at, ttl: ttl))
    }
}
