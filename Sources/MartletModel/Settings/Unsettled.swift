// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the limits of a topic do with messages that a durable subscription has not settled.
///
/// The numbers stand in the data file.
package enum Unsettled: UInt8, CaseIterable, Sendable {
    /// They stay, and publishes are refused when they use up the limits.
    case keep = 0
    /// The oldest go; the subscription counts what it lost.
    case drop = 1

    /// The word of the wire.
    package var word: String { "\(self)" }

    /// What a word of the wire names, or nil.
    package init?(word: String) {
        guard let unsettled = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = unsettled
    }
}
