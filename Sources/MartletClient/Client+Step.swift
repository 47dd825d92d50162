// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore

// Steps: handlers whose effects are all in Martlet.
extension Client {
    /// Runs a handler for each message, and commits what it did to its `Step`, with the receipt and the ack, in one
    /// transaction: all of it happens, or none.
    ///
    /// The handler reads records, sets them, and publishes through the step. When a record that it has read was changed
    /// by another client meanwhile, the handler runs again with fresh records; after `maxConflicts` reruns the message
    /// fails like any other. So it should have no other effects but outside calls whose answers it keeps, with
    /// `Message.once` or as a receipt: a rerun finds both. When the connection ends before the answer to the
    /// commit, the outcome is unknown here, but not in the broker: either all of it happened, or the message comes
    /// again. A message whose receipt is `done` is acked without running the handler. The rest is as in `consume`.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - start: Where a subscription begins that does not exist; without it, it must exist.
    ///   - concurrency: How many handlers run at a time, 1 to 10,000.
    ///   - options: How the subscription hands out messages.
    ///   - keep: How long receipts are kept; the broker's default is 7 days.
    ///   - maxConflicts: How often a handler runs again because of a version conflict.
    ///   - handler: What handles a message.
    /// - Throws: as `consume` does.
    public func step(
        _ topic: String, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), keep: Duration? = nil, maxConflicts: Int = 10,
        _ handler: @escaping @Sendable (Message, Step) async throws -> Void
    ) async throws {
        let request = try SubscriptionRequest(
            topic, subscription, from: start, window: concurrency, options: options)
        try await consume(request) { [self] holding in
            if holding.message.receipt == Self.done { return .settle(.ack) }
            return try await step(holding, keep: keep, maxConflicts: maxConflicts, handler)
        }
    }

    private func step(
        _ holding: Holding, keep: Duration?, maxConflicts: Int,
        _ handler: @Sendable (Message, Step) async throws -> Void
    ) async throws -> Consumption.Ending {
        let logger = holding.message.logger(logger)
        var conflicts = 0
        while true {
            holding.lease.forgetEnding()
            let step = Step(holding, keep: keep)
            do {
                try await handler(holding.currentMessage, step)
                return try await step.commit()
            } catch let error as ClientError where error.code.versions != nil && conflicts < maxConflicts {
                conflicts += 1
                logger.debug(
                    "a record was changed meanwhile; the handler runs again", metadata: ["conflicts": "\(conflicts)"])
                try await pause(conflicts)
            } catch let error as ClientError where error.code.isTemporary {
                throw HandlerFailure.release(delay: configuration.backoff.most)
            }
        }
    }

    /// Waits a random time, longer after each conflict, so that contending handlers do not meet again.
    private func pause(_ conflicts: Int) async throws {
        let most = min(1_000, 4 << UInt64(min(conflicts, 8)))
        let random = configuration.random?() ?? .random(in: .min ... .max)
        try await wait(milliseconds: Int64(random % UInt64(most)))
    }
}
