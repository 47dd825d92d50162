// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What becomes of a message whose time is over.
///
/// The numbers stand in the data file.
package enum OnExpire: UInt8, CaseIterable, Sendable {
    /// It is settled as expired.
    case drop = 0
    /// It becomes a dead letter.
    case dead = 1

    /// The word of the wire.
    package var word: String { "\(self)" }

    /// What a word of the wire names, or nil.
    package init?(word: String) {
        guard let action = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = action
    }
}
