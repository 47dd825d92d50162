// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Consumers of values as services.
extension Client {
    /// A service that runs a handler for the value of each message; all else is as in `consume` of a typed topic.
    public func consumer<Value>(
        _ topic: Topic<Value>, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), receipts: Bool = false,
        _ handler: @escaping @Sendable (Value, Message) async throws -> Void
    ) -> ConsumerService {
        ConsumerService { [self] in
            try await consume(
                topic, as: subscription, from: start, concurrency: concurrency, options: options, receipts: receipts,
                handler)
        }
    }

    /// A service that runs a handler for the value of each message whose effects are in a database that has an inbox;
    /// all else is as in `consume` of a typed topic.
    public func consumer<Value, Box: Inbox>(
        _ topic: Topic<Value>, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), inbox: Box,
        _ handler: @escaping @Sendable (Value, Message, Box.Database) throws -> Void
    ) -> ConsumerService {
        ConsumerService { [self] in
            try await consume(
                topic, as: subscription, from: start, concurrency: concurrency, options: options, inbox: inbox, handler)
        }
    }

    /// A service that runs a step for the value of each message; all else is as in `step` of a typed topic.
    public func stepConsumer<Value>(
        _ topic: Topic<Value>, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), keep: Duration? = nil, maxConflicts: Int = 10,
        _ handler: @escaping @Sendable (Value, Message, Step) async throws -> Void
    ) -> ConsumerService {
        ConsumerService { [self] in
            try await step(
                topic, as: subscription, from: start, concurrency: concurrency, options: options, keep: keep,
                maxConflicts: maxConflicts, handler)
        }
    }
}
