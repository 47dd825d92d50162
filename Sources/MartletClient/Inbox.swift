// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Remembers in the user's own database which messages were handled, in the transaction that holds their effects.
///
/// The effects of a handler and the note that it ran are committed together or not at all, so that a message that is
/// delivered again has its effects once, also after a crash in between. What it does not cover: effects outside of
/// that database.
public protocol Inbox<Database>: Sendable {
    /// What the body gets to work with: the database within the open transaction.
    associatedtype Database

    /// Whether the message of this key was handled.
    ///
    /// - Throws: what the database throws.
    func contains(_ key: InboxKey) async throws -> Bool

    /// Runs the body and notes the key in one transaction, unless the key was noted before.
    ///
    /// - Returns: what the body returns, or nil when the message was handled before and the body did not run.
    /// - Throws: what the database or the body throws; then neither effects nor the note are kept.
    func once<Result: Sendable>(
        _ key: InboxKey, _ body: @Sendable (Database) throws -> Result
    ) async throws -> Result?
}
