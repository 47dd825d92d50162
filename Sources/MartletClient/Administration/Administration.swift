// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// What a person or a program that looks after a broker asks of it: what is there, why a message is not handled, and
/// what is to become of it.
///
/// It is got from a client, and asks over that client's connection. Questions are asked again by themselves when the
/// connection ends; changes are not, and fail with `unknown` when it ended before the reply. All of its methods throw
/// `ClientError`: `badArgument` for what cannot be written, `refused` with the broker's code (such as
/// `unknown-topic`), `closed`; and `CancellationError` when the task is cancelled.
public struct Administration: Sendable {
    let client: Client

    /// The broker as a whole.
    public func info() async throws -> BrokerStatus {
        try await ask(.info(.broker))
    }

    /// All consumers that are attached, of all clients.
    public func consumers() async throws -> [ConsumerStatus] {
        try await list(.info(.consumers))
    }

    // MARK: - Questions and changes

    /// Asks for one result.
    func ask<Result: ReadableResult>(_ question: Command) async throws -> Result {
        try Result.one(try await client.ask(question))
    }

    /// Asks for a list of results.
    func list<Result: ReadableResult>(_ question: Command) async throws -> [Result] {
        try Result.list(try await client.ask(question))
    }

    /// Changes something.
    @discardableResult
    func change(_ command: Command) async throws -> Reply {
        try await client.command(command, retry: .report)
    }

    /// Changes something, and gives the number that the reply says.
    func count(_ command: Command) async throws -> Int {
        guard let count = try await change(command).fields.first.flatMap({ Int($0) }) else {
            throw ClientError(.protocolViolation, "expected a number in the reply")
        }
        return count
    }

    /// A limit of a list, checked.
    static func check(limit: Int, atMost most: Int) throws(ClientError) {
        guard (1...most).contains(limit) else { throw ClientError(.badArgument, "limit: expected 1 to \(most)") }
    }
}

extension Client {
    /// What the broker tells of its topics, subscriptions and messages, and what can be changed about them.
    public var administration: Administration { Administration(client: self) }
}
