// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// The messages of a subscription, to be settled by hand.
///
/// At most `window` of them are unsettled at a time: the next comes when one is settled. It ends when the client
/// or the service that iterates drains, and throws `ClientError` when the broker ends the subscription. When the
/// iteration ends, in any way, what is unsettled goes back to the broker and comes again. The subscription begins
/// with the iteration; each iteration is a consumer of its own.
public struct Deliveries: AsyncSequence, Sendable {
    /// What is iterated.
    public typealias Element = Delivery
    let client: Client
    let subscription: SubscriptionRequest

    /// Begins to consume.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, subscription: subscription)
    }

    /// One consumer.
    public final class Iterator: AsyncIteratorProtocol {
        private let client: Client
        private let mailbox: Mailbox
        private var isStarted = false
        private var isOver = false

        init(client: Client, subscription: SubscriptionRequest) {
            self.client = client
            mailbox = Mailbox(number: client.makeConsumerNumber(), subscription: subscription)
        }

        deinit { client.intake.post(.unsubscribe(mailbox)) }

        /// The next delivery, or nil when the client drains.
        ///
        /// - Throws: `ClientError`; `CancellationError` when the task was cancelled.
        public func next() async throws -> Delivery? {
            guard !isOver else { return nil }
            if !isStarted {
                isStarted = true
                guard client.intake.post(.subscribe(mailbox)) else {
                    throw ClientError(.closed, "the client is not running any more")
                }
            }
            do {
                let event = try await withGracefulShutdownHandler {
                    try await mailbox.next()
                } onGracefulShutdown: { [mailbox] in
                    mailbox.drain()
                }
                if case .message(let incoming, let lease) = event {
                    var message = Message(incoming, mailbox.subscription)
                    message.holding = HoldingReference(
                        Holding(client: client, mailbox: mailbox, lease: lease, message: message))
                    return Delivery(Holding(client: client, mailbox: mailbox, lease: lease, message: message))
                }
            } catch {
                finish()
                throw error
            }
            finish()
            return nil
        }

        private func finish() {
            isOver = true
            client.intake.post(.unsubscribe(mailbox))
        }
    }
}
