// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

// A step is carried out in one transaction with the ack, or not at all.
extension Step {
    /// Commits everything with the ack.
    ///
    /// - Throws: `conflict` when a record had another version; `leaseLost`; `refused`; `badArgument` when something
    ///   cannot be written; a `HandlerFailure` that gives the message back when the connection ended before the reply.
    func commit() async throws -> Consumption.Ending {
        let ending = holding.lease.ending
        let (frame, count) = try frame(ending)
        guard holding.lease.settle() else { throw ClientError.leaseLost }
        var request = Request(frame: frame)
        request.replies = count
        request.lease = holding.lease
        let answers: [Answer]
        do {
            answers = try await holding.client.wait(request, isCancellable: false) { .answers($0) }
        } catch let error as ClientError where error.code == .unknown {
            // The broker knows: a message whose step was done does not come again, and one whose was not has not
            // failed.
            throw HandlerFailure.release()
        }
        try Self.check(answers)
        holding.mailbox.release(holding.lease)
        holding.client.telemetry.settled(holding.message, ending.name)
        return .settled
    }

    /// The whole transaction as it is written, and how many commands it has.
    private func frame(_ ending: Settlement) throws(ClientError) -> (ByteBuffer, Int) {
        let changes = changes
        let checks = changes.checks
        var (receipt, keep) = outcome
        // What waits for a person is not done.
        if !ending.isAck, receipt == Client.done { receipt = nil }
        guard checks.count + changes.operations.count + 2 <= Limits.transactionCommands else {
            throw ClientError(.badArgument, "step: more than \(Limits.transactionCommands) operations")
        }
        var frame = ByteBuffer()
        var count = 3
        CommandEncoder.write(.begin(id: Array(holding.client.makeID().utf8), refusal: nil), into: &frame)
        for (place, version) in checks {
            let command = try RecordCommand.check(place.space, place.key, version: version)
            CommandEncoder.write(command, into: &frame)
            count += 1
        }
        for operation in changes.operations {
            try write(operation, to: &frame)
            count += 1
        }
        if let receipt {
            CommandEncoder.write(
                try Holding.receipt(receipt, keep: keep, holding.message, holding.lease), into: &frame)
            count += 1
        }
        CommandEncoder.write(ending.command(holding.lease), into: &frame)
        CommandEncoder.write(.commit, into: &frame)
        guard frame.readableBytes <= Limits.transactionBytes else {
            throw ClientError(.badArgument, "step: more than \(Limits.transactionBytes) bytes")
        }
        return (frame, count)
    }

    private func write(_ operation: StepChanges.Operation, to frame: inout ByteBuffer) throws(ClientError) {
        switch operation {
        case .set(let place, let value, let version, let ttl):
            let command = try RecordCommand.set(place.space, place.key, value, version: version, ttl: ttl)
            CommandEncoder.write(command, into: &frame)
        case .unset(let place, let version):
            CommandEncoder.write(try RecordCommand.unset(place.space, place.key, version: version), into: &frame)
        case .command(let command): CommandEncoder.write(try command.get(), into: &frame)
        case .publish(let draft):
            try draft.write(to: &frame, id: draft.id, headers: holding.client.telemetry.injected(draft.headers))
        }
    }

    /// Finds out from the replies whether the transaction was carried out.
    ///
    /// - Throws: what stopped it.
    private static func check(_ answers: [Answer]) throws(ClientError) {
        guard let last = answers.last else { throw ClientError(.protocolViolation, "COMMIT: expected a reply") }
        guard case .refusal(let code, let message) = last else {
            guard case .reply(let reply) = last, reply.word == "OK" else {
                throw ClientError(.protocolViolation, "COMMIT: expected OK")
            }
            return
        }
        // A refusal of one of the commands says more than that of the COMMIT, which it causes.
        for answer in answers.dropLast() {
            if case .refusal(let code, let message) = answer { throw failure(code, message) }
        }
        guard code == "tx", let colon = message.firstIndex(of: ":") else { throw failure(code, message) }
        let rest = message[message.index(after: colon)...].split(separator: " ", maxSplits: 1)
        throw failure(rest.first.map(String.init) ?? code, rest.count > 1 ? String(rest[1]) : "")
    }

    private static func failure(_ code: String, _ message: String) -> ClientError {
        switch code {
        case "version":
            let versions = message.split(separator: " ").prefix(1).compactMap { UInt64($0) }
            return ClientError(.conflict(versions), "a record has another version than was read")
        case "lease-lost": return .leaseLost
        default: return ClientError(.refused(code), "\(code): \(message)")
        }
    }
}
