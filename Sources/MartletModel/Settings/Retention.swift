// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How long the messages of a topic are kept.
///
/// The numbers stand in the data file.
package enum Retention: UInt8, CaseIterable, Sendable {
    /// Until they are too old or too many.
    ///
    /// What is not settled stays all the same, unless the topic says otherwise (`Unsettled`).
    case limits = 0
    /// Until all durable subscriptions have settled them.
    case interest = 1
    /// Until the one subscription has settled them.
    case work = 2

    /// The word of the wire.
    package var word: String { "\(self)" }

    /// The retention that a word of the wire names, or nil.
    package init?(word: String) {
        guard let retention = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = retention
    }
}
