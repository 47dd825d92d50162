// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What became of a transaction.
public enum TransactionOutcome: String, Sendable, Hashable {
    /// All of it happened.
    case committed
    /// None of it happened.
    case aborted
    /// The broker does not know the id, or has forgotten it; it remembers for 24 hours.
    case unknown
}
