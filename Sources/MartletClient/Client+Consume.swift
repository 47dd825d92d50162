// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

// Consuming.
extension Client {
    /// Runs a handler for each message of a subscription: ack when it returns, nack when it throws.
    ///
    /// At most `concurrency` handlers run at a time, and the broker hands out no more messages than that. While a
    /// handler runs the client keeps its lease alive; when the lease is lost all the same, the task of that handler,
    /// and of no other, is cancelled, and nothing is settled for it. A handler may throw `HandlerFailure` to say itself
    /// what becomes of the message.
    ///
    /// It returns after a graceful shutdown, of the client or of the service that calls it: messages that were not
    /// begun go back, handlers may finish for as long as the configuration's `drainTimeout`, and what then still runs
    /// is cancelled and goes back without counting as a failure. Interruptions of the connection do not end it.
    ///
    /// **With `receipts`**, for handlers whose effects are elsewhere: a message whose receipt is `done` is acked
    /// without running the handler, and after the handler the receipt is written in one transaction with the ack.
    /// What is not covered: a crash between the outside call and that transaction. So hand the outside
    /// `message.idempotencyKey`, and keep its answer with `message.writeReceipt` as soon as it is there.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription, which remembers what was handled; its consumers share the messages.
    ///   - start: Where a subscription begins that does not exist; without it, it must exist.
    ///   - concurrency: 1 to 10,000.
    ///   - options: How the subscription hands out messages.
    ///   - receipts: Whether receipts are read and written.
    ///   - handler: What handles a message.
    /// - Throws: `ClientError`: `refused` when the broker refuses the subscription (such as `start-required` or
    ///   `unknown-subscription`), `badArgument`, `closed`. `CancellationError` when the task is cancelled.
    public func consume(
        _ topic: String, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), receipts: Bool = false,
        _ handler: @escaping @Sendable (Message) async throws -> Void
    ) async throws {
        let request = try SubscriptionRequest(
            topic, subscription, from: start, window: concurrency, options: options)
        try await consume(request) { holding in
            if receipts, holding.message.receipt == Self.done { return .settle(.ack) }
            try await handler(holding.message)
            let ending = holding.lease.ending
            guard receipts, ending.isAck else { return .settle(ending) }
            return try await Step(holding, keep: nil).commit()
        }
    }

    /// Runs a handler for each message whose effects are in a database that has an inbox.
    ///
    /// The handler runs in the inbox's transaction, which also notes the message's key: effects and note are
    /// committed together or not at all, so a message that comes again has its effects once. What is not covered:
    /// effects outside of that database. When the note is there already, the message is acked and the handler does
    /// not run. The rest is as in `consume`.
    ///
    /// - Throws: as `consume` does.
    public func consume<Box: Inbox>(
        _ topic: String, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), inbox: Box,
        _ handler: @escaping @Sendable (Message, Box.Database) throws -> Void
    ) async throws {
        let request = try SubscriptionRequest(
            topic, subscription, from: start, window: concurrency, options: options)
        try await consume(request) { holding in
            let message = holding.message
            try await inbox.once(InboxKey(message)) { database in
                try handler(message, database)
                // A message that waits for a person is not handled, so nothing may be noted.
                if case .park(let code, let note) = holding.lease.ending {
                    throw HandlerFailure.park(code: code, note: note)
                }
            }
            return .settle(.ack)
        }
    }

    /// The messages of a subscription, to be settled by hand; nothing is sent before the iteration begins.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - start: Where a subscription begins that does not exist; without it, it must exist.
    ///   - window: How many deliveries may be unsettled, 1 to 10,000.
    ///   - options: How the subscription hands out messages.
    /// - Throws: `ClientError` with code `badArgument`.
    public func deliveries(
        _ topic: String, as subscription: String, from start: StartPosition? = nil, window: Int = 16,
        options: ConsumerOptions = ConsumerOptions()
    ) throws(ClientError) -> Deliveries {
        Deliveries(
            client: self,
            subscription: try SubscriptionRequest(
                topic, subscription, from: start, window: window, options: options))
    }

    /// The outcome that means that a message was handled.
    static let done = "done"

    func consume(_ request: SubscriptionRequest, _ handler: @escaping Consumption.Handler) async throws {
        let mailbox = Mailbox(number: makeConsumerNumber(), subscription: request)
        try await Consumption(client: self, mailbox: mailbox, handler: handler).run()
    }
}
