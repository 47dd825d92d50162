// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that is settled by hand.
///
/// The client keeps the lease alive until the delivery is settled or the iteration that brought it ends.
public struct Delivery: Sendable {
    private let holding: Holding
    /// The message.
    public let message: Message

    init(_ holding: Holding) {
        self.holding = holding
        message = holding.message
    }

    /// Whether the lease is gone, so that the message comes again and work on it should stop.
    public var isLost: Bool { holding.lease.isLost }

    /// The message was handled; when this returns, the broker has that on disk.
    ///
    /// - Throws: `ClientError`: `leaseLost` when the lease was gone, `unknown` when the connection ended before the
    ///   reply, `refused`, `closed`.
    public func ack() async throws { try await settle(.ack) }

    /// The message failed and is tried again, after a delay or by the subscription's backoff.
    ///
    /// - Parameters:
    ///   - delay: After which time it is tried again; nil is by the subscription's backoff.
    ///   - code: A word for programs; more than 64 bytes are cut.
    ///   - note: What happened, for people; more than 1,024 bytes are cut.
    /// - Throws: as `ack()` does.
    public func nack(delay: Duration? = nil, code: String? = nil, note: String? = nil) async throws {
        try await settle(.nack(delay: delay, code: code, note: note))
    }

    /// The message was not begun and is tried again; that does not count as a failure.
    ///
    /// - Throws: as `ack()` does.
    public func release(delay: Duration? = nil) async throws { try await settle(.release(delay: delay)) }

    /// The message will never work: it becomes a dead letter now.
    ///
    /// - Throws: as `ack()` does.
    public func reject(code: String? = nil, note: String? = nil) async throws {
        try await settle(.reject(code: code, note: note))
    }

    /// The message waits for a person, who decides what becomes of it; that does not count as a failure.
    ///
    /// - Throws: as `ack()` does.
    public func park(code: String? = nil, note: String? = nil) async throws {
        try await settle(.park(code: code, note: note))
    }

    /// Extends the lease by hand, and may tell how far the work is.
    ///
    /// - Parameters:
    ///   - progress: 0 to 100.
    ///   - note: What is being done, for people; more than 1,024 bytes are cut.
    ///   - duration: For how long; without it, for the lease of the subscription.
    /// - Throws: as `ack()` does.
    public func touch(progress: Int? = nil, note: String? = nil, for duration: Duration? = nil) async throws {
        try await holding.touch(progress: progress, note: note, for: duration)
    }

    /// Writes an outcome for the message, which its repeats carry as `receipt`.
    ///
    /// - Parameters:
    ///   - outcome: 1 to 200 bytes without spaces and control characters; `done` means that it was handled.
    ///   - keep: How long it is kept; the broker's default is 7 days.
    /// - Throws: as `ack()` does; `badArgument`.
    public func receipt(_ outcome: String, keep: Duration? = nil) async throws {
        try await holding.receipt(outcome, keep: keep)
    }

    private func settle(_ settlement: Settlement) async throws {
        try await holding.settle(settlement)
        holding.client.telemetry.settled(message, settlement.name)
    }
}
