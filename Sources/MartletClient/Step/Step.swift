// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore
import Synchronization

/// What a handler changes in Martlet, collected while it runs and carried out in one transaction with the ack.
///
/// A step belongs to one run of its handler; what is added after that run has no effect.
public final class Step: Sendable {
    private enum Operation: Sendable {
        case set(space: String, key: String, value: [UInt8], version: RecordVersion, ttl: Duration?)
        case unset(space: String, key: String, version: RecordVersion)
        case publish(Draft)

        /// The record that it changes, if it changes one.
        var place: Place? {
            switch self {
            case .set(let space, let key, _, _, _), .unset(let space, let key, _): Place(space: space, key: key)
            case .publish: nil
            }
        }
    }

    private struct Place: Hashable {
        var space: String
        var key: String
    }

    private struct State {
        var operations: [Operation] = []
        var versions: [Place: UInt64] = [:]
        var receipt: String? = Client.done
        var keep: Duration?

        /// Drops earlier changes of a record, which would not be seen outside of the step.
        mutating func replace(_ place: Place) {
            operations.removeAll { $0.place == place }
        }
    }

    private let holding: Holding
    private let state: Mutex<State>

    init(_ holding: Holding, keep: Duration?) {
        self.holding = holding
        state = Mutex(State(keep: keep))
    }

    /// Reads a record, and remembers its version: a `set` or `remove` of it in this step succeeds only while the
    /// record still has that version (or is still absent).
    ///
    /// - Throws: as `Client.record` does.
    public func record(_ space: String, _ key: String) async throws -> Record? {
        let record = try await holding.client.record(space, key)
        state.withLock { $0.versions[Place(space: space, key: key)] = record?.version ?? 0 }
        return record
    }

    /// Sets a record: one that was read in this step has to have the version that was read, one that was not may
    /// have any.
    ///
    /// - Parameters:
    ///   - value: At most 65,536 bytes.
    ///   - ttl: After which time it expires; nil means never.
    public func set(_ space: String, _ key: String, to value: [UInt8], ttl: Duration? = nil) {
        state.withLock { state in
            let place = Place(space: space, key: key)
            let version = state.versions[place].map { RecordVersion.exactly($0) } ?? .any
            state.replace(place)
            state.operations.append(.set(space: space, key: key, value: value, version: version, ttl: ttl))
        }
    }

    /// Removes a record; one that was read in this step has to have the version that was read.
    ///
    /// A record that was read and was absent is left alone.
    public func remove(_ space: String, _ key: String) {
        state.withLock { state in
            let place = Place(space: space, key: key)
            let version = state.versions[place]
            state.replace(place)
            guard version != 0 else { return }
            state.operations.append(.unset(space: space, key: key, version: version.map { .exactly($0) } ?? .any))
        }
    }

    /// Publishes a message when the step is committed.
    ///
    /// It needs no id: the step happens once or not at all.
    public func publish(_ draft: Draft) {
        state.withLock { $0.operations.append(.publish(draft)) }
    }

    /// Sets the outcome that is written for the message, or nil for none.
    ///
    /// `done`, which is written by default, means that the handler does not run again for this message.
    ///
    /// - Parameters:
    ///   - outcome: 1 to 200 bytes without spaces and control characters.
    ///   - keep: How long it is kept; the broker's default is 7 days.
    public func receipt(_ outcome: String?, keep: Duration? = nil) {
        state.withLock {
            $0.receipt = outcome
            if let keep { $0.keep = keep }
        }
    }

    /// Commits everything with the ack.
    ///
    /// - Throws: `conflict` when a record had another version; `leaseLost`; `refused`; `badArgument` when something
    ///   cannot be written; a `HandlerFailure` that gives the message back when the connection ended before the reply.
    func commit() async throws -> Consumption.Ending {
        let (frame, count) = try frame()
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
        holding.client.telemetry.settled(holding.message, "ack")
        return .settled
    }

    /// The whole transaction as it is written, and how many commands it has.
    private func frame() throws(ClientError) -> (ByteBuffer, Int) {
        let state = state.withLock { $0 }
        guard state.operations.count + 2 <= Limits.transactionCommands else {
            throw ClientError(.badArgument, "step: more than \(Limits.transactionCommands) operations")
        }
        var frame = ByteBuffer()
        var count = 3
        CommandEncoder.write(.begin(id: Array(holding.client.makeID().utf8), refusal: nil), into: &frame)
        for operation in state.operations {
            try write(operation, to: &frame)
            count += 1
        }
        if let receipt = state.receipt {
            CommandEncoder.write(
                try Holding.receipt(receipt, keep: state.keep, holding.message, holding.lease), into: &frame)
            count += 1
        }
        CommandEncoder.write(Settlement.ack.command(holding.lease), into: &frame)
        CommandEncoder.write(.commit, into: &frame)
        guard frame.readableBytes <= Limits.transactionBytes else {
            throw ClientError(.badArgument, "step: more than \(Limits.transactionBytes) bytes")
        }
        return (frame, count)
    }

    private func write(_ operation: Operation, to frame: inout ByteBuffer) throws(ClientError) {
        switch operation {
        case .set(let space, let key, let value, let version, let ttl):
            let command = try RecordCommand.set(space, key, value, version: version, ttl: ttl)
            CommandEncoder.write(command, into: &frame)
        case .unset(let space, let key, let version):
            CommandEncoder.write(try RecordCommand.unset(space, key, version: version), into: &frame)
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
