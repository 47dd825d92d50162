// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A row about a returned message, or about its due time, to which there is no other that agrees.
enum DueMismatch: Hashable {
    /// A row of the index, whose message was not returned or is due at another time.
    case due(position: UInt64, time: UInt64, offset: UInt64)
    /// The row of a returned message that the index does not name, so that its time would never come.
    case deferred(position: UInt64, offset: UInt64)
}
