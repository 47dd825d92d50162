// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

// What is so with single messages and with processes.
extension Administration {
    /// Why a message is not handled, or that it is: one explanation for a subscription, or one for each of the topic.
    ///
    /// A message that no subscription sees has one explanation without a subscription.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - message: Which one.
    ///   - subscription: For which subscription; nil is for all of them.
    public func why(
        _ topic: String, _ message: MessagePlace, subscription: String? = nil
    ) async throws -> [Explanation] {
        try Check.readableName(topic, "topic")
        if let subscription { try Check.name(subscription, "subscription") }
        let question = Command.why(
            topic: topic, message: try message.reference(), subscription: subscription)
        return subscription == nil ? try await list(question) : [try await ask(question)]
    }

    /// The flow of a process: which message caused which, and what became of each.
    ///
    /// - Parameters:
    ///   - process: The process.
    ///   - limit: How many messages at most, 1 to 2,000.
    public func tree(_ process: String, limit: Int = 1_000) async throws -> MessageTree {
        try Check.identifier(process, "process")
        try Self.check(limit: limit, atMost: Limits.tree)
        return try await ask(.tree(process: Array(process.utf8), limit: limit))
    }

    /// Expects that a process gets a message on a topic; a miss is told on `$sys.expect.missed`, once.
    ///
    /// - Parameters:
    ///   - process: The process.
    ///   - topic: The topic.
    ///   - limit: Within which time, from now on.
    ///   - id: The name that tells it from others about the same process and topic; a second one of the same name
    ///     replaces the first.
    ///   - lookback: How much earlier the message may have come.
    /// - Returns: the offset of the message that has met it already, or nil.
    @discardableResult
    public func expect(
        _ process: String, on topic: String, within limit: Duration, id: String? = nil, lookback: Duration = .zero
    ) async throws -> UInt64? {
        let command = try MessageCommand.expect(process, on: topic, within: limit, id: id, lookback: lookback)
        return try await change(command).options["met"].flatMap { UInt64($0) }
    }

    /// Expects it no longer.
    ///
    /// - Returns: whether it was expected.
    @discardableResult
    public func unexpect(_ process: String, on topic: String, id: String? = nil) async throws -> Bool {
        try await change(MessageCommand.unexpect(process, on: topic, id: id)).fields.first != "0"
    }
}
