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
            late: incoming.options["late"].flatMap { UInt64($0) }, note: incoming.options["note"],
            failures: incoming.options["failures"].flatMap { Int($0) } ?? 0)
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

    /// Hands the message to a person: when the handler returns, the message is parked instead of acked.
    ///
    /// It waits, without counting as a failure and holding its key where there is an order, until it is resolved. If
    /// the answer is to try again, it comes again with what the person said as `note`. The inbox of a handler that has
    /// one keeps nothing then, neither effects nor the note that it was handled; a step is carried out. What the
    /// handler throws counts more. On a message that a test made, or that is settled by hand, nothing happens.
    ///
    /// - Parameters:
    ///   - code: A word for programs; more than 64 bytes are cut.
    ///   - note: What the person should know; more than 1,024 bytes are cut.
    public func park(code: String? = nil, note: String? = nil) {
        holding.value?.lease.park(code: code, note: note)
    }
}
