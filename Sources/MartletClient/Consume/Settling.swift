// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

/// A delivery that this client holds, and how it is settled.
struct Holding: Sendable {
    let client: Client
    let mailbox: Mailbox
    let lease: Lease
    let message: Message

    /// Settles the delivery and waits for the broker's word.
    ///
    /// When the connection ends before the reply, it is told again on the next, if the broker kept the lease: to
    /// settle twice is to settle once.
    ///
    /// - Throws: `leaseLost` when the lease was gone, so that the message comes again; `refused`; `closed`.
    func settle(_ settlement: Settlement) async throws {
        guard lease.settle() else { throw ClientError.leaseLost }
        defer { mailbox.release(lease) }
        while true {
            do {
                let reply = try await client.command(
                    settlement.line(lease), retry: .report, lease: lease, isCancellable: false)
                if reply.options["lost"] != nil { throw ClientError.leaseLost }
                return
            } catch let error as ClientError where error.code == .unknown && mailbox.subscription.options.grace != nil {
                guard !lease.isLost else { throw ClientError.leaseLost }
            }
        }
    }

    /// Settles the delivery without waiting, as far as there is a connection.
    func settleWithoutWaiting(_ settlement: Settlement) {
        guard lease.settle() else { return }
        mailbox.release(lease)
        var request = Request(frame: ByteBuffer(string: settlement.line(lease) + "\n"))
        request.lease = lease
        client.intake.submit(request)
    }

    /// Extends the lease.
    func touch(progress: Int?, note: String?, for duration: Duration?) async throws {
        guard !lease.isLost else { throw ClientError.leaseLost }
        var line = "TOUCH \(lease.consumer) \(lease.tag)"
        if let duration { line += " for=\(duration.milliseconds)ms" }
        if let progress { line += " progress=\(min(100, max(0, progress)))" }
        if let note { line += " note=\(Outgoing.field(Check.text(note, limit: Limits.note)))" }
        let reply = try await client.command(line, retry: .report, lease: lease)
        guard reply.options["lost"] != nil else { return }
        lease.lose()
        throw ClientError.leaseLost
    }

    /// Writes an outcome for the message's key, apart from settling it.
    func receipt(_ outcome: String, keep: Duration?) async throws {
        guard !lease.isLost else { throw ClientError.leaseLost }
        _ = try await client.command(
            Self.receipt(outcome, keep: keep, message, lease), retry: .report, lease: lease)
    }

    /// The command that writes an outcome for the message's key.
    static func receipt(
        _ outcome: String, keep: Duration?, _ message: Message, _ lease: Lease
    ) throws(ClientError) -> String {
        try Check.identifier(outcome, "outcome")
        var line = "RECEIPT \(lease.consumer) \(Outgoing.field(message.receiptKey)) \(Outgoing.field(outcome))"
        if let keep { line += " keep=\(keep.milliseconds)ms" }
        return line
    }
}

extension Message {
    /// A message as the connection brought it.
    init(_ incoming: IncomingMessage, _ subscription: SubscriptionRequest) {
        self.init(
            topic: subscription.topic, subscription: subscription.subscription, offset: UInt64(incoming.offset),
            attempt: incoming.attempt, time: UInt64(incoming.time), id: incoming.options["id"],
            key: incoming.options["key"], process: incoming.options["process"], cause: incoming.options["cause"],
            headers: Headers(incoming.headers), body: incoming.body, receipt: incoming.options["receipt"],
            late: incoming.options["late"].flatMap { UInt64($0) })
    }

    /// Writes an outcome for this message on its subscription, before the handler has ended.
    ///
    /// It is how the result of an outside call is kept as soon as it is known: when the message comes again, for
    /// whatever reason, `receipt` holds it. The outcome `done` means that the message was handled.
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

/// The delivery behind a message, if there is one.
struct HoldingReference: Sendable {
    // Kept behind a reference, since a delivery holds its message too.
    private final class Box: Sendable {
        let value: Holding
        init(_ value: Holding) { self.value = value }
    }

    private let box: Box?

    init(_ value: Holding?) { box = value.map(Box.init) }

    var value: Holding? { box?.value }
}
