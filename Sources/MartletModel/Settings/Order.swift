// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which messages of a subscription wait for which.
///
/// The numbers stand in the data file.
package enum Order: UInt8, CaseIterable, Sendable {
    /// None waits for another.
    case none = 0
    /// Those of one key go one after another; those without a key are free.
    case key = 1
    /// All go one after another.
    case all = 2

    /// The word of the wire.
    package var word: String { "\(self)" }

    /// The order that a word of the wire names, or nil.
    package init?(word: String) {
        guard let order = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = order
    }
}
