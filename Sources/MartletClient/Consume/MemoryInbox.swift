// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// An inbox in memory, for tests: a value, and the keys of the messages whose effects are in it.
///
/// The body changes a copy of the value, which replaces it when the body returns; so effects and note are kept
/// together or not at all. Nothing survives the process.
public final class MemoryInbox<Value: Sendable>: Inbox {
    /// The value within an open transaction.
    public final class Database {
        /// What the body reads and changes.
        public var value: Value

        init(_ value: Value) { self.value = value }
    }

    private struct State: Sendable {
        var value: Value
        var keys: Set<InboxKey> = []
    }

    private let state: Lock<State>

    /// Makes an inbox around a value.
    public init(_ value: Value) { state = Lock(State(value: value)) }

    /// The value as the committed transactions left it.
    public var value: Value { state.withLock { $0.value } }

    /// Whether the message of this key was handled.
    public func contains(_ key: InboxKey) async -> Bool { state.withLock { $0.keys.contains(key) } }

    /// Runs the body and notes the key in one transaction, unless the key was noted before.
    ///
    /// - Throws: what the body throws; then neither effects nor the note are kept.
    public func once<Result: Sendable>(
        _ key: InboxKey, _ body: @Sendable (Database) throws -> Result
    ) async throws -> Result? {
        try state.withLock { state -> Result? in
            guard !state.keys.contains(key) else { return nil }
            let database = Database(state.value)
            let result = try body(database)
            state.value = database.value
            state.keys.insert(key)
            return result
        }
    }
}
