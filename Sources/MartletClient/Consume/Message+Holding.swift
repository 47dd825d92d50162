// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Message {
    /// A message as the connection brought it.
    init(_ incoming: IncomingMessage, _ subscription: SubscriptionRequest) {
        self.init(
            topic: subscription.topic, subscription: subscription.subscription, offset: UInt64(incoming.offset),
            attempt: incoming.attempt, time: UInt64(incoming.time), id: incoming.options["id"],
            key: incoming.options["key"], process: incoming.options["process"], cause: incoming.options["cause"],
            headers: Headers(incoming.headers), body: incoming.body, receipt: incoming.options["receipt"],
            late: incoming.options["late"].flatMap { UInt64($0) })
        rawFields = incoming.rawFields
    }

    /// Writes an outcome for this message on its subscription, before the handler has ended.
    ///
    /// It keeps the result of an outside call as soon as it is known: when the message comes again, or the handler of a
    /// step runs again, `receipt` holds it.
    /// The outcome `done` means that the message was handled.
    /// On a message that a test made, nothing happens.
    ///
    /// - Parameters:
    ///   - outcome: 1 to 200 bytes without spaces and control characters.
    ///   - keep: How long it is kept; the broker's default is 7 days.
    /// - Throws: `ClientError`: `leaseLost` when the delivery has lost its lease, `unknown` when the connection ended
    ///   before the reply, `refused`, `badArgument`, `closed`.
    public func writeReceipt(_ outcome: String, keep: Duration? = nil) async throws {
        try await holding.value?.receipt(outcome, keep: keep)
    }
}
