// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What becomes of a message that would be dead-lettered, for any reason but its expiry.
///
/// The numbers stand in the data file.
package enum OnPoison: UInt8, CaseIterable, Sendable {
    /// It becomes a dead letter and frees its key.
    case dead = 0
    /// It is parked, and goes on holding its key until a person resolves it.
    case park = 1

    /// The word of the wire.
    package var word: String { "\(self)" }

    /// What a word of the wire names, or nil.
    package init?(word: String) {
        guard let action = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = action
    }
}
