// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// A delivery that this client holds, and how it is settled.
struct Holding: Sendable {
    let client: Client
    let mailbox: Mailbox
    let lease: Lease
    /// The message as it was delivered.
    let message: Message

    /// The message with the receipt that was written for it since it was delivered.
    var currentMessage: Message {
        var message = message
        if let receipt = lease.writtenReceipt { message.receipt = receipt }
        return message
    }

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
                    settlement.command(lease), retry: .report, lease: lease, isCancellable: false)
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
        var request = Request(settlement.command(lease))
        request.lease = lease
        client.intake.submit(request)
    }

    /// Extends the lease.
    func touch(progress: Int?, note: String?, for duration: Duration?) async throws {
        guard !lease.isLost else { throw ClientError.leaseLost }
        var touch = Touch(consumer: UInt64(lease.consumer), tags: lease.tags)
        touch.extend = duration.map { Int($0.milliseconds) }
        touch.progress = progress.map { min(100, max(0, $0)) }
        touch.note = note.map { Check.text($0, limit: Limits.note) }
        let reply = try await client.command(.touch(touch), retry: .report, lease: lease)
        guard reply.options["lost"] != nil else { return }
        lease.lose()
        throw ClientError.leaseLost
    }

    /// Writes an outcome for the message's key, apart from settling it.
    func receipt(_ outcome: String, keep: Duration?) async throws {
        guard !lease.isLost else { throw ClientError.leaseLost }
        _ = try await client.command(
            Self.receipt(outcome, keep: keep, message, lease), retry: .report, lease: lease)
        lease.note(receipt: outcome)
    }

    /// The command that writes an outcome for the message's key.
    static func receipt(
        _ outcome: String, keep: Duration?, _ message: Message, _ lease: Lease
    ) throws(ClientError) -> Command {
        try Check.identifier(outcome, "outcome")
        return .receipt(
            WriteReceipt(
                consumer: UInt64(lease.consumer), key: message.receiptKeyBytes, outcome: outcome,
                lifetime: keep.map { Int($0.milliseconds) } ?? Limits.defaultReceipt))
    }
}
