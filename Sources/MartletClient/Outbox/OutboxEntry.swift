// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message in an outbox.
public struct OutboxEntry: Sendable {
    /// What names it in its outbox.
    public var number: Int64
    /// The message, with an id.
    public var draft: Draft

    /// Makes an entry.
    public init(number: Int64, draft: Draft) {
        self.number = number
        self.draft = draft
    }
}
