// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a user may be allowed to do with a topic, or with a space of records.
package enum Right: String, CaseIterable, Sendable {
    /// Publish to it; write records.
    case publish
    /// See it and take its messages; read records.
    case consume
    /// Make, change and delete it and its subscriptions, and decide about messages.
    case manage
    /// All of that everywhere.
    case admin
}
