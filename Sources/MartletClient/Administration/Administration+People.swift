// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

// What waits for a person, and what a person decides.
extension Administration {
    /// The messages of a subscription that wait for a person, in the order of their offsets.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - limit: How many at most, 1 to 1,000.
    ///   - offset: The offset after which the list begins, to go on from the last one.
    public func parked(
        _ topic: String, _ subscription: String, limit: Int = 100, after offset: UInt64 = 0
    ) async throws -> [ParkedEntry] {
        let (topic, subscription) = try Self.names(topic, subscription)
        try Self.check(limit: limit, atMost: Limits.listed)
        return try await list(.parked(topic: topic, name: subscription, limit: limit, after: offset))
    }

    /// Decides about a message that is not settled, parked or not; one that a consumer holds is taken from it.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - offset: The message's offset.
    ///   - decision: What becomes of it.
    ///   - note: What the person says about it, which goes along with the message; more than 1,024 bytes are cut.
    /// - Throws: as all do; `refused` with `unknown-message` when it is settled, or not there.
    public func resolve(
        _ topic: String, _ subscription: String, _ offset: UInt64, _ decision: Resolution, note: String? = nil
    ) async throws {
        let (topic, subscription) = try Self.names(topic, subscription)
        let note = note.map { Check.text($0, limit: Limits.note) } ?? ""
        try await change(
            .resolve(
                Resolve(
                    topic: topic, subscription: subscription, offset: offset, decision: decision.decision,
                    note: note)))
    }

    /// The dead letters of a subscription, in the order in which they died; there may be none.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - offset: The first offset in the topic of the dead letters, `$dead.<topic>.<subscription>`.
    ///   - limit: How many at most, 1 to 1,000; the answer may hold fewer when they are large.
    public func deadLetters(
        _ topic: String, _ subscription: String, from offset: UInt64 = 1, limit: Int = 100
    ) async throws -> [DeadLetter] {
        let (topic, subscription) = try Self.names(topic, subscription)
        do {
            return try await peek("$dead.\(topic).\(subscription)", from: offset, limit: limit).map(DeadLetter.init)
        } catch let error as ClientError where error.code == .refused("unknown-topic") {
            // Nothing has died there yet, unless there is no such subscription.
            _ = try await self.subscription(topic, subscription)
            return []
        }
    }

    /// Has dead letters delivered again, to the subscription for which they died and to no other.
    ///
    /// The broker goes on with it by itself, the oldest death first, also after a restart, and stops when half of the
    /// last 20 die again. `subscription` tells how far it is.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - subscription: The subscription.
    ///   - filter: Which are meant.
    ///   - rate: How many a second, from 1 on.
    ///   - limit: How many at most; nil is all.
    ///   - dryRun: Whether they are only counted.
    /// - Returns: how many are meant.
    /// - Throws: as all do; `refused` with `conflict` while another goes on for this subscription.
    @discardableResult
    public func redrive(
        _ topic: String, _ subscription: String, _ filter: DeadLetterFilter = DeadLetterFilter(), rate: Int = 100,
        limit: Int? = nil, dryRun: Bool = false
    ) async throws -> Int {
        let (topic, subscription) = try Self.names(topic, subscription)
        guard rate > 0, limit ?? 1 > 0 else {
            throw ClientError(.badArgument, "rate, limit: expected at least 1")
        }
        var redrive = Redrive(topic: topic, subscription: subscription)
        redrive.filter = try filter.filter()
        redrive.rate = rate
        redrive.limit = limit.map { UInt64($0) }
        redrive.isDryRun = dryRun
        return try await count(.redrive(redrive))
    }

    /// Ends a redrive that goes on.
    ///
    /// - Returns: how many were left.
    @discardableResult
    public func stopRedrive(_ topic: String, _ subscription: String) async throws -> Int {
        let (topic, subscription) = try Self.names(topic, subscription)
        return try await count(.stopRedrive(topic: topic, name: subscription))
    }
}
