// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Messages in the user's own database that are to be published, written in the transaction that holds the effects
/// which they tell of.
///
/// `Client.publish(from:)` takes them out: at least once, also after a crash, in the order in which they were written.
public protocol MessageOutbox: Sendable {
    /// The oldest messages that are not published yet, in the order in which they were written.
    ///
    /// Each has an id, and has the same at every call, so that a repeat is recognised by the broker.
    ///
    /// - Throws: what the database throws.
    func unpublished(atMost count: Int) async throws -> [OutboxEntry]

    /// Forgets messages that the broker has confirmed.
    ///
    /// - Throws: what the database throws.
    func forget(_ entries: [OutboxEntry]) async throws

    /// Keeps a message that the broker will never take, with the reason, out of the way of the others.
    ///
    /// - Throws: what the database throws.
    func setAside(_ entry: OutboxEntry, _ reason: ClientError) async throws

    /// Calls back whenever a transaction has written messages, until the stream ends.
    ///
    /// It need not tell of those that other processes wrote, which are looked for every second.
    func writes() async -> AsyncStream<Void>
}
