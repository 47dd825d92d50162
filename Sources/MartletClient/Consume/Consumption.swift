// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle

/// A consumer that runs a handler for each message, as many at the same time as its window allows.
struct Consumption: Sendable {
    /// What becomes of a delivery whose handler has returned.
    enum Ending: Sendable {
        case settle(Settlement)
        /// The handler settled it, or it is to come again by itself.
        case settled
    }

    typealias Handler = @Sendable (Holding) async throws -> Ending

    let client: Client
    let mailbox: Mailbox
    let handler: Handler

    /// Runs until the client or the service drains, the task is cancelled, or the broker ends the subscription.
    ///
    /// - Throws: `ClientError` when it cannot go on; `CancellationError` when the task was cancelled.
    func run() async throws {
        guard client.intake.post(.subscribe(mailbox)) else {
            throw ClientError(.closed, "the client is not running any more")
        }
        defer { client.intake.post(.unsubscribe(mailbox)) }
        try await withGracefulShutdownHandler {
            try await receive()
        } onGracefulShutdown: {
            mailbox.drain()
        }
    }

    private func receive() async throws {
        let running = RunningCount()
        try await withThrowingDiscardingTaskGroup { group in
            var isDraining = false
            while let event = try await mailbox.next() {
                switch event {
                case .message(let incoming, let lease):
                    let holding = holding(incoming, lease)
                    if isDraining {
                        holding.settleWithoutWaiting(.release(delay: nil))
                        continue
                    }
                    running.begin()
                    group.addTask {
                        await handle(holding)
                        if running.end() { mailbox.drain(isExpired: true) }
                    }
                case .drain:
                    isDraining = true
                    client.intake.post(.pause(mailbox))
                    for lease in mailbox.takeUnstarted() { release(lease) }
                    client.limitDrain(of: mailbox)
                    // No handler runs, so there is none to wait for.
                    if running.stop() { mailbox.drain(isExpired: true) }
                case .drainExpired:
                    group.cancelAll()
                    return
                }
            }
        }
    }

    private func holding(_ incoming: IncomingMessage, _ lease: Lease) -> Holding {
        var message = Message(incoming, mailbox.subscription)
        message.holding = HoldingReference(
            Holding(client: client, mailbox: mailbox, lease: lease, message: message))
        return Holding(client: client, mailbox: mailbox, lease: lease, message: message)
    }

    private func release(_ lease: Lease) {
        let message = Message(topic: "", subscription: "", offset: 0)
        Holding(client: client, mailbox: mailbox, lease: lease, message: message)
            .settleWithoutWaiting(.release(delay: nil))
    }

    /// Runs the handler and settles the delivery by what came of it.
    private func handle(_ holding: Holding) async {
        let logger = holding.message.logger(client.logger)
        do {
            let ending = try await holding.lease.run {
                try await client.telemetry.processing(holding.message) {
                    do {
                        let ending = try await handler(holding)
                        if case .settle(let settlement) = ending {
                            client.telemetry.settled(holding.message, settlement.name)
                        }
                        return ending
                    } catch {
                        if let settlement = settlement(holding, after: error) {
                            client.telemetry.settled(holding.message, settlement.name)
                        }
                        throw error
                    }
                }
            }
            if case .settle(let settlement) = ending { await settle(holding, settlement, logger) }
        } catch {
            await settle(holding, failure: error, logger)
        }
    }

    /// How a delivery is settled whose handler failed; nil when its lease is lost.
    private func settlement(_ holding: Holding, after failure: any Error) -> Settlement? {
        if holding.lease.isLost { return nil }
        // A handler that was stopped because everything stops has not failed.
        if Task.isCancelled, !(failure is HandlerFailure) { return .release(delay: nil) }
        return Settlement(failure)
    }

    private func settle(_ holding: Holding, failure: any Error, _ logger: Logger) async {
        guard let settlement = settlement(holding, after: failure) else {
            logger.notice("the lease was lost while the handler ran; the message comes again unless it was settled")
            return holding.mailbox.release(holding.lease)
        }
        if Task.isCancelled, !(failure is HandlerFailure) {
            // It goes back at once, without waiting for other handlers, and must not come here again before the end.
            if !holding.mailbox.isDraining {
                holding.mailbox.drain()
                client.intake.post(.pause(holding.mailbox))
            }
            return holding.settleWithoutWaiting(settlement)
        }
        switch settlement {
        case .release: logger.debug("the message is given back")
        case .park:
            logger.notice("the message waits for a person: \(failure)", metadata: ["error.code": "\(settlement.code)"])
        case .ack, .nack, .reject:
            logger.warning("the handler failed: \(failure)", metadata: ["error.code": "\(settlement.code)"])
        }
        await settle(holding, settlement, logger)
    }

    private func settle(_ holding: Holding, _ settlement: Settlement, _ logger: Logger) async {
        do {
            try await holding.settle(settlement)
        } catch {
            let code = (error as? ClientError).map { "\($0.code)" } ?? "\(type(of: error))"
            logger.notice(
                "the \(settlement.name) failed; the message may come again: \(error)",
                metadata: ["error.code": "\(code)"])
        }
    }
}

extension Message {
    /// A logger whose lines say that they are about this message.
    func logger(_ logger: Logger) -> Logger {
        var logger = logger
        logger[metadataKey: "topic"] = "\(topic)"
        logger[metadataKey: "subscription"] = "\(subscription)"
        logger[metadataKey: "offset"] = "\(offset)"
        logger[metadataKey: "attempt"] = "\(attempt)"
        return logger
    }
}
